// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cmath>

#include "difftrack/matter/medium.hpp"

namespace {

using difftrack::matter::Medium;

/// What one transport step asks of a medium: range, then the energy at what is left. First proves that they invert.
void mean_loss(benchmark::State& state) {
  const Medium& water = difftrack::matter::water();
  for (double energy = 1.0; energy < 330.0; energy += 0.37)
    if (std::abs(water.energy_at_range(water.range(energy)) - energy) > 1e-5 * energy) {
      state.SkipWithError("energy_at_range does not invert range");
      return;
    }
  double energy = 230.0;
  for (auto _ : state) {
    const auto cell = Medium::cell(energy);
    const double left = water.range(cell) - 1.0;
    energy = left > 1.0 ? water.energy_at_range(left, energy - water.stopping(cell)) : 230.0;
  }
  benchmark::DoNotOptimize(energy);
}
BENCHMARK(mean_loss);

void energy_at_range_without_a_guess(benchmark::State& state) {
  const Medium& water = difftrack::matter::water();
  double range = 0.0, sum = 0.0;
  for (auto _ : state) {
    range = range < 330.0 ? range + 0.7 : 0.7;
    sum += water.energy_at_range(range);
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(energy_at_range_without_a_guess);

void make_medium(benchmark::State& state) {
  const auto kapton = difftrack::matter::named_material("kapton");
  for (auto _ : state) benchmark::DoNotOptimize(Medium(kapton).radiation_length());
}
BENCHMARK(make_medium)->Unit(benchmark::kMicrosecond);

}  // namespace
