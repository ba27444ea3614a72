// SPDX-License-Identifier: Apache-2.0
// What one core can do at most, for the roofline of docs/performance.md: multiply-adds from registers and with a
// broadcast operand from L1 (as the kernels use them), and reading rows of 256 bytes at random from L1, L2 and beyond
// (as the angle table is read).
#include "difftrack/network/kernels/simd_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/network/machine_limits_bench.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace difftrack::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag{}));
constexpr int kChains = 12;

/// 16 · 12 · steps multiply-adds of one vector each; returns lanes per vector. `x` holds 256 floats.
int MultiplyAdds(const float* x, int steps, bool broadcast, float* out) {
  constexpr Tag d;
  hn::Vec<Tag> sum[kChains];
  for (auto& s : sum) s = hn::Zero(d);
  const auto weight = hn::LoadU(d, x);
  for (int i = 0; i < steps; ++i) {
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

/// Sum of 64 floats at each of `n` places.
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
#include <benchmark/benchmark.h>

#include <vector>

#include "difftrack/core/random.hpp"

namespace difftrack::bench {
HWY_EXPORT(MultiplyAdds);
HWY_EXPORT(ReadRows);
namespace {

void multiply_adds(benchmark::State& state) {
  std::vector<float> x(256, 1e-3F);
  float out[16];
  int lanes = 0;
  constexpr int kSteps = 1000;
  for (auto _ : state) {
    lanes = HWY_DYNAMIC_DISPATCH(MultiplyAdds)(x.data(), kSteps, state.range(0) != 0, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["lanes"] = lanes;
  state.counters["vector_fma/s"] =
      benchmark::Counter(16.0 * 12 * kSteps, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(multiply_adds)->ArgName("broadcast_from_L1")->Arg(0)->Arg(1);

void random_rows(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)) * 1024 / 4;
  const std::vector<float> table(n + 64, 1.0F);
  core::RandomStream random(1, 1);
  std::vector<std::uint32_t> places(4096);
  for (auto& p : places) p = random.below(static_cast<std::uint32_t>(n / 32)) * 32;
  float out[16];
  for (auto _ : state) {
    HWY_DYNAMIC_DISPATCH(ReadRows)(table.data(), places.data(), places.size(), out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(places.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 4096 * 256);
}
BENCHMARK(random_rows)->ArgName("KiB")->Arg(24)->Arg(352)->Arg(470)->Arg(800)->Arg(4096);

}  // namespace
}  // namespace difftrack::bench
#endif  // HWY_ONCE
