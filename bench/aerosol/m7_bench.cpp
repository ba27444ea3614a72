// SPDX-License-Identifier: Apache-2.0
/// One step of M7 for 20,000 cells. The vectors first have to be what the plain form is.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "difftrack/aerosol/m7.hpp"
#include "difftrack/aerosol/reference/m7_step.hpp"
#include "tests/problems/aerosol_cells.hpp"

namespace difftrack::aerosol {
namespace {

Cells cells() { return problems::aerosol_cells(20000, {.name = "ordinary"}, 1); }

bool proven(const Cells& all, const StepResult& fast) {
  for (std::size_t i = 0; i < all.size(); i += 20) {
    const auto plain = reference::m7_step(all.air(i), all.cell(i)).moved;
    for (std::size_t c = 0; c < kColumns; ++c) {
      const double largest = *std::max_element(fast.state[c].begin(), fast.state[c].end());
      if (!(std::abs(fast.state[c][i] - plain[c]) <= 1e-9 * std::abs(plain[c]) + 1e-13 * largest)) return false;
    }
  }
  return true;
}

void per_cell(benchmark::State& state, std::size_t count) {
  state.counters["per_cell"] = benchmark::Counter(
      static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void in_vectors(benchmark::State& state) {
  const Cells all = cells();
  StepResult result;
  const M7 step({.threads = static_cast<int>(state.range(0))});
  step(all, result);
  if (!proven(all, result)) return state.SkipWithError("not the plain step");
  for (auto _ : state) step(all, result);
  per_cell(state, all.size());
}
BENCHMARK(in_vectors)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

void plainly(benchmark::State& state) {
  const Cells all = cells();
  for (auto _ : state)
    for (std::size_t i = 0; i < all.size(); i += 20)
      benchmark::DoNotOptimize(reference::m7_step(all.air(i), all.cell(i)));
  per_cell(state, all.size() / 20);
}
BENCHMARK(plainly)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::aerosol
