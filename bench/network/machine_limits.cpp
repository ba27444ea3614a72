// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/network/machine_limits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "bench/network/machine_limits.hpp"

HWY_BEFORE_NAMESPACE();
namespace difftrack::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag{}));
constexpr int kChains = 12;  // kVectorsPerStep / 16

int MultiplyAdds(const float* x, std::int64_t steps, bool broadcast, float* out) {
  constexpr Tag d;
  hn::Vec<Tag> sum[kChains];
  for (auto& s : sum) s = hn::Zero(d);
  const auto weight = hn::LoadU(d, x);
  for (std::int64_t i = 0; i < steps; ++i) {
    if (broadcast) {
#pragma GCC unroll 16
      for (int k = 0; k < 16; ++k)
        for (int c = 0; c < kChains; ++c) sum[c] = hn::MulAdd(weight, hn::Set(d, x[16 * c + k]), sum[c]);
    } else {
#pragma GCC unroll 16
      for (int k = 0; k < 16; ++k)
        for (int c = 0; c < kChains; ++c) sum[c] = hn::MulAdd(weight, weight, sum[c]);
    }
    asm volatile("" ::: "memory");
  }
  for (int c = 1; c < kChains; ++c) sum[0] = hn::Add(sum[0], sum[c]);
  hn::StoreU(sum[0], d, out);
  return kLanes;
}

void ReadRows(const float* table, const std::uint32_t* places, std::size_t n, float* out) {
  constexpr Tag d;
  hn::Vec<Tag> sum[4];
  for (auto& s : sum) s = hn::Zero(d);
  for (std::size_t i = 0; i < n; ++i)
    for (int v = 0; v < 64 / kLanes; ++v)
      sum[v & 3] = hn::Add(sum[v & 3], hn::LoadU(d, table + places[i] + v * kLanes));
  hn::StoreU(hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3])), d, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace difftrack::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace difftrack::bench {
HWY_EXPORT(MultiplyAdds);
HWY_EXPORT(ReadRows);

int multiply_adds(const float* x, std::int64_t steps, bool broadcast, float* out) {
  return HWY_DYNAMIC_DISPATCH(MultiplyAdds)(x, steps, broadcast, out);
}

void read_rows(const float* table, std::span<const std::uint32_t> places, float* out) {
  HWY_DYNAMIC_DISPATCH(ReadRows)(table, places.data(), places.size(), out);
}

}  // namespace difftrack::bench
#endif  // HWY_ONCE
