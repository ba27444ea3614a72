// SPDX-License-Identifier: Apache-2.0
// Row arithmetic for one SIMD target: included once per target (Highway's foreach_target).
#if defined(DIFFTRACK_NETWORK_KERNELS_ROWS_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef DIFFTRACK_NETWORK_KERNELS_ROWS_INL_
#undef DIFFTRACK_NETWORK_KERNELS_ROWS_INL_
#else
#define DIFFTRACK_NETWORK_KERNELS_ROWS_INL_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/kernels/angle_grid.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::network::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A row is the H channels of one segment or edge; lanes are channels. With 16 lanes hidden 16 is one vector.
using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;
using IntTag = hn::RebindToSigned<Tag>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag{}));

template <int H>
constexpr int kVectors = H / kLanes;

// Rows per tile and vectors per tile row of a matrix product: 8 independent accumulator chains hide the latency of the
// multiply-add (4 cycles, 2 per cycle) and fit the registers of each target.
template <int H>
constexpr int kGroup = kVectors<H> < 2 ? kVectors<H> : 2;
template <int H>
constexpr int kTile = kGroup<H> == 1 ? 8 : 4;

constexpr float kSlope = static_cast<float>(kLeakySlope);

HWY_INLINE Vec LeakyRelu(Vec z) { return hn::Max(z, hn::Mul(z, hn::Set(Tag{}, kSlope))); }

/// LeakyReLU's derivative times `value`, by the sign of the activation a (which is that of its argument).
HWY_INLINE Vec LeakyReluGradient(Vec a, Vec value) {
  return hn::IfThenElse(hn::Lt(a, hn::Zero(Tag{})), hn::Mul(value, hn::Set(Tag{}, kSlope)), value);
}

/// LeakyReLU of one layer of H units at vector v of row r: on the side of its argument, or, HELD, on the side that a
/// pattern notes (ActivationPattern), whatever the sign of the argument.
template <int H, bool HELD>
struct LeakySides {
  const std::uint8_t* negative = nullptr;  ///< HELD: H bits per row, set where the argument was negative

  HWY_INLINE hn::Mask<Tag> Negative(std::size_t row, int v) const {
    const std::uint8_t* at = negative + row * (H / 8) + v * kLanes / 8;
    if constexpr (kLanes >= 8) {
      return hn::LoadMaskBits(Tag{}, at);
    } else {
      const std::uint8_t bits[8] = {static_cast<std::uint8_t>(*at >> (v * kLanes % 8))};
      return hn::LoadMaskBits(Tag{}, bits);
    }
  }
  HWY_INLINE Vec Activate(std::size_t row, int v, Vec z) const {
    if constexpr (HELD)
      return hn::IfThenElse(Negative(row, v), hn::Mul(z, hn::Set(Tag{}, kSlope)), z);
    else
      return LeakyRelu(z);
  }
  /// The derivative times `value`, given the activation a.
  HWY_INLINE Vec Gradient(std::size_t row, int v, Vec a, Vec value) const {
    if constexpr (HELD)
      return hn::IfThenElse(Negative(row, v), hn::Mul(value, hn::Set(Tag{}, kSlope)), value);
    else
      return LeakyReluGradient(a, value);
  }
};

/// Notes which of `n_rows` rows of H activations are negative, from row `first` of the bits on, which were 0.
template <int H>
HWY_INLINE void NoteNegative(const float* HWY_RESTRICT rows, std::size_t n_rows, std::size_t first,
                             std::uint8_t* HWY_RESTRICT negative) {
  constexpr Tag d;
  for (std::size_t r = 0; r < n_rows; ++r)
    for (int v = 0; v < kVectors<H>; ++v) {
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::Lt(hn::LoadU(d, rows + r * H + static_cast<std::size_t>(v * kLanes)), hn::Zero(d)),
                        bits);
      std::uint8_t* at = negative + (first + r) * (H / 8) + v * kLanes / 8;
      for (int i = 0; i < (kLanes + 7) / 8; ++i)
        at[i] = static_cast<std::uint8_t>(at[i] | (bits[i] << (v * kLanes % 8)));
    }
}

/// y[r] = weights^T x[r] + bias for rows r of a tile-padded block. `x` has rows of `x_stride` floats of which IN are
/// used, `weights` is (IN, OUT), `bias` (OUT). Calls finish(r, v, y) for every row r and vector v of its result.
template <int IN, int OUT, class Finish>
HWY_INLINE void MultiplyRows(const float* HWY_RESTRICT x, std::size_t x_stride, int n_rows,
                             const float* HWY_RESTRICT weights, const float* HWY_RESTRICT bias, const Finish& finish) {
  constexpr int kG = kGroup<OUT>, kT = kTile<OUT>;
  constexpr Tag d;
  for (int r = 0; r < n_rows; r += kT) {
    const float* HWY_RESTRICT tile = x + static_cast<std::size_t>(r) * x_stride;
    for (int g = 0; g < kVectors<OUT>; g += kG) {
      Vec sum[kT][kG];
      for (int v = 0; v < kG; ++v) {
        const Vec b = hn::LoadU(d, bias + (g + v) * kLanes);
        for (int t = 0; t < kT; ++t) sum[t][v] = b;
      }
#pragma GCC unroll 4
      for (int k = 0; k < IN; ++k) {
        Vec w[kG];
        for (int v = 0; v < kG; ++v) w[v] = hn::LoadU(d, weights + k * OUT + (g + v) * kLanes);
        for (int t = 0; t < kT; ++t) {
          const Vec broadcast = hn::Set(d, tile[static_cast<std::size_t>(t) * x_stride + static_cast<std::size_t>(k)]);
          for (int v = 0; v < kG; ++v) sum[t][v] = hn::MulAdd(w[v], broadcast, sum[t][v]);
        }
      }
      for (int t = 0; t < kT; ++t)
        for (int v = 0; v < kG; ++v) finish(r + t, g + v, sum[t][v]);
    }
  }
}

/// Squared chords of the unit vector (x, y, z) to those at ux, uy, uz, rounded as graph::squared_chord rounds them: a
/// gate must not depend on the path or the target. (The build contracts nothing, CMakeLists.txt.)
HWY_INLINE Vec SquaredChord(Vec x, Vec y, Vec z, const float* HWY_RESTRICT ux, const float* HWY_RESTRICT uy,
                            const float* HWY_RESTRICT uz) {
  constexpr Tag d;
  const Vec dx = hn::Sub(x, hn::LoadU(d, ux)), dy = hn::Sub(y, hn::LoadU(d, uy)), dz = hn::Sub(z, hn::LoadU(d, uz));
  return hn::Add(hn::Add(hn::Mul(dx, dx), hn::Mul(dy, dy)), hn::Mul(dz, dz));
}

/// θ from the squared chord |u − v|² of two unit vectors: 2 asin(|u − v| / 2), exact to rounding near θ = 0.
HWY_INLINE Vec AngleOfChord(Vec squared_chord) {
  constexpr Tag d;
  const Vec half = hn::Min(hn::Mul(hn::Sqrt(squared_chord), hn::Set(d, 0.5F)), hn::Set(d, 1.0F));
  const Vec theta = hn::Asin(d, half);
  return hn::Add(theta, theta);
}

/// Kinks of a block: table interval and the four cubic Hermite coefficients of each.
template <int N>
struct HermiteBlock {
  HWY_ALIGN float value0[N], slope0[N], value1[N], slope1[N];
  HWY_ALIGN std::int32_t bin[N];

  /// From θ of `n` kinks; reads and writes whole vectors. The place within the interval keeps what √θ loses in float32:
  /// at 897 rad per unit the rounding of √θ would show in the encoding.
  HWY_INLINE void Fill(const float* HWY_RESTRICT theta, int n) {
    constexpr Tag d;
    constexpr IntTag di;
    const Vec one = hn::Set(d, 1.0F);
    const Vec per_unit = hn::Set(d, static_cast<float>(AngleGrid::kPerUnit));
    for (int i = 0; i < n; i += kLanes) {
      const Vec angle = hn::LoadU(d, theta + i);
      const Vec s = hn::Sqrt(angle);
      const Vec residue = hn::Div(hn::NegMulAdd(s, s, angle), hn::Add(s, hn::Max(s, hn::Set(d, 1e-30F))));
      const Vec u = hn::Mul(s, per_unit);
      const auto b = hn::Min(hn::ConvertTo(di, u), hn::Set(di, AngleGrid::kLastBin));
      const Vec t = hn::MulAdd(residue, per_unit, hn::Sub(u, hn::ConvertTo(d, b)));
      const Vec rest = hn::Sub(one, t);
      const Vec t2 = hn::Mul(t, t);
      const Vec h01 = hn::Mul(t2, hn::Sub(hn::Set(d, 3.0F), hn::Add(t, t)));
      hn::Store(b, di, bin + i);
      hn::Store(h01, d, value1 + i);
      hn::Store(hn::Sub(one, h01), d, value0 + i);
      hn::Store(hn::Mul(t, hn::Mul(rest, rest)), d, slope0 + i);
      hn::Store(hn::Neg(hn::Mul(t2, rest)), d, slope1 + i);
    }
  }
};

/// Vector v of the table interpolated for kink i; table rows are [value (H), slope · h (H)].
template <int H, int N>
HWY_INLINE Vec Interpolate(const HermiteBlock<N>& block, int i, const float* HWY_RESTRICT table, int v) {
  constexpr Tag d;
  const float* HWY_RESTRICT row = table + static_cast<std::size_t>(block.bin[i]) * 2 * H + v * kLanes;
  Vec sum = hn::Mul(hn::Set(d, block.value0[i]), hn::LoadU(d, row));
  sum = hn::MulAdd(hn::Set(d, block.slope0[i]), hn::LoadU(d, row + H), sum);
  const Vec right = hn::Mul(hn::Set(d, block.value1[i]), hn::LoadU(d, row + 2 * H));
  return hn::Add(sum, hn::MulAdd(hn::Set(d, block.slope1[i]), hn::LoadU(d, row + 3 * H), right));
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::network::kernels
HWY_AFTER_NAMESPACE();
#endif
