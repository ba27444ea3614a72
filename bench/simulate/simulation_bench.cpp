// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "difftrack/simulate/simulation.hpp"

namespace {

using namespace difftrack::simulate;

/// Protons through 100 mm of water and the whole Bergen DTC. First proves that two threads give what one gives.
void simulate(benchmark::State& state, Scattering scattering) {
  SimulationConfig config;
  config.primaries = 4000;
  config.scattering = scattering;
  config.threads = 1;
  const auto one = Simulation(config).run();
  config.threads = 2;
  const auto two = Simulation(config).run();
  if (one.edep != two.edep || one.x != two.x || one.track != two.track) {
    state.SkipWithError("two threads give other steps than one");
    return;
  }
  config.threads = static_cast<std::int32_t>(state.range(0));
  const Simulation simulation(config);
  for (auto _ : state)
    simulation.run([](const difftrack::event::Steps& steps) { benchmark::DoNotOptimize(steps.edep.data()); });
  state.counters["primaries/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * config.primaries), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(simulate, geant4_like, Scattering::Geant4Like)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulate, displaced, Scattering::Displaced)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

void setup(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Simulation(SimulationConfig{}).world().stack);
}
BENCHMARK(setup)->Unit(benchmark::kMillisecond);

}  // namespace
