// SPDX-License-Identifier: Apache-2.0
// Layers of a network for a block of cells; included once per instruction set.
#if defined(DIFFTRACK_AEROSOL_NETWORK_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_AEROSOL_NETWORK_INL_HPP
#undef DIFFTRACK_AEROSOL_NETWORK_INL_HPP
#else
#define DIFFTRACK_AEROSOL_NETWORK_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace difftrack::aerosol::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Units that are computed together: their sums and the inputs' vectors stay in registers.
inline constexpr std::size_t kUnits = 4;

/// out[unit][cell] (+)= weight[unit][i] in[i][cell] for kUnits units and cells of two vectors from `cell` on.
template <class D>
HWY_INLINE void FewUnits(D d, const float* weight, std::size_t inputs, const float* in, std::size_t stride,
                         float* out) {
  const std::size_t lanes = hn::Lanes(d);
  auto a0 = hn::Load(d, out), a1 = hn::Load(d, out + lanes);
  auto b0 = hn::Load(d, out + stride), b1 = hn::Load(d, out + stride + lanes);
  auto c0 = hn::Load(d, out + 2 * stride), c1 = hn::Load(d, out + 2 * stride + lanes);
  auto e0 = hn::Load(d, out + 3 * stride), e1 = hn::Load(d, out + 3 * stride + lanes);
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto x0 = hn::Load(d, in + i * stride), x1 = hn::Load(d, in + i * stride + lanes);
    const auto wa = hn::Set(d, weight[i * kUnits]), wb = hn::Set(d, weight[i * kUnits + 1]);
    const auto wc = hn::Set(d, weight[i * kUnits + 2]), we = hn::Set(d, weight[i * kUnits + 3]);
    a0 = hn::MulAdd(wa, x0, a0), a1 = hn::MulAdd(wa, x1, a1);
    b0 = hn::MulAdd(wb, x0, b0), b1 = hn::MulAdd(wb, x1, b1);
    c0 = hn::MulAdd(wc, x0, c0), c1 = hn::MulAdd(wc, x1, c1);
    e0 = hn::MulAdd(we, x0, e0), e1 = hn::MulAdd(we, x1, e1);
  }
  hn::Store(a0, d, out), hn::Store(a1, d, out + lanes);
  hn::Store(b0, d, out + stride), hn::Store(b1, d, out + stride + lanes);
  hn::Store(c0, d, out + 2 * stride), hn::Store(c1, d, out + 2 * stride + lanes);
  hn::Store(e0, d, out + 3 * stride), hn::Store(e1, d, out + 3 * stride + lanes);
}

/// Adds weight · in to `out`: arrays [units or inputs][stride] of cells, `units` a multiple of kUnits, weights by
/// groups of kUnits units, inputs within a group. `stride` is a multiple of two vectors of 16 floats.
HWY_INLINE void AddProduct(const float* weight, std::size_t units, std::size_t inputs, const float* in,
                           std::size_t stride, float* out) {
  constexpr hn::CappedTag<float, 16> d;
  for (std::size_t unit = 0; unit < units; unit += kUnits)
    for (std::size_t cell = 0; cell < stride; cell += 2 * hn::Lanes(d))
      FewUnits(d, weight + unit * inputs, inputs, in + cell, stride, out + unit * stride + cell);
}

/// Sets `units` rows to their bias.
HWY_INLINE void Begin(const float* bias, std::size_t units, std::size_t stride, float* out) {
  for (std::size_t unit = 0; unit < units; ++unit) std::fill_n(out + unit * stride, stride, bias[unit]);
}

/// max(0, ·) of `count` values.
HWY_INLINE void Rectify(std::size_t count, float* values) {
  constexpr hn::CappedTag<float, 16> d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::Store(hn::Max(hn::Load(d, values + i), hn::Zero(d)), d, values + i);
}

}  // namespace difftrack::aerosol::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
