// SPDX-License-Identifier: Apache-2.0
// What one core can do at most, for the roofline of docs/performance.md: multiply-adds from registers and with a
// broadcast operand from L1 (as the kernels use them), and reading rows of 256 bytes at random from L1, L2 and beyond
// (as the angle table is read).
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/network/machine_limits.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::bench {
namespace {

void vector_multiply_adds(benchmark::State& state) {
  std::vector<float> x(256, 1e-3F);
  float out[16];
  int lanes = 0;
  constexpr int kSteps = 1000;
  for (auto _ : state) {
    lanes = multiply_adds(x.data(), kSteps, state.range(0) != 0, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["lanes"] = lanes;
  state.counters["vector_fma/s"] =
      benchmark::Counter(1.0 * kVectorsPerStep * kSteps, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(vector_multiply_adds)->ArgName("broadcast_from_L1")->Arg(0)->Arg(1);

void random_rows(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0)) * 1024 / 4;
  const std::vector<float> table(n + 64, 1.0F);
  core::RandomStream random(1, 1);
  std::vector<std::uint32_t> places(4096);
  for (auto& p : places) p = random.below(static_cast<std::uint32_t>(n / 32)) * 32;
  float out[16];
  for (auto _ : state) {
    read_rows(table.data(), places, out);
    benchmark::DoNotOptimize(out);
  }
  state.counters["rows/s"] =
      benchmark::Counter(static_cast<double>(places.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 4096 * 256);
}
BENCHMARK(random_rows)->ArgName("KiB")->Arg(24)->Arg(352)->Arg(470)->Arg(800)->Arg(4096);

}  // namespace
}  // namespace difftrack::bench
