// SPDX-License-Identifier: Apache-2.0
/// An emulated step for 20,000 cells. The vectors first have to be what the plain form is. Weights are random: the cost
/// does not depend on them.
#include <benchmark/benchmark.h>

#include <cmath>

#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/aerosol/emulator/plain_emulator.hpp"
#include "tests/aerosol/random_emulator.hpp"
#include "tests/problems/aerosol_cells.hpp"

namespace difftrack::aerosol {
namespace {

Cells cells() { return problems::aerosol_cells(20000, {.name = "ordinary"}, 1); }

bool proven(const EmulatorModel& model, const Cells& all, const EmulatedCells& fast) {
  for (std::size_t i = 0; i < all.size(); i += 100) {
    const auto plain = reference::emulate(model, all.air(i), all.cell(i));
    for (std::size_t c = 0; c < kNewState; ++c)
      if (!(std::abs(fast.state[c][i] - plain.state[c]) <=
            1e-3 * (plain.state[c] + all.state[kStateColumns[c]][i] + 1.0)))
        return false;
  }
  return true;
}

void emulated(benchmark::State& state) {
  const Cells all = cells();
  const EmulatorModel model = random_emulator(static_cast<std::size_t>(state.range(1)), 1.0, 3);
  const Emulate emulate(model, {.threads = static_cast<int>(state.range(0))});
  EmulatedCells result;
  emulate(all, result);
  if (!proven(model, all, result)) return state.SkipWithError("not the plain form");
  for (auto _ : state) emulate(all, result);
  state.counters["per_cell"] = benchmark::Counter(
      static_cast<double>(all.size()), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(emulated)
    ->ArgNames({"threads", "hidden"})
    ->Args({1, 56})
    ->Args({2, 56})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace difftrack::aerosol
