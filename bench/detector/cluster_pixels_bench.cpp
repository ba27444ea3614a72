// SPDX-License-Identifier: Apache-2.0
// Digitise, cluster and mask: 10,000 protons through 30 layers, 100 per readout, one core. Each benchmark first checks
// its answer.
#include <benchmark/benchmark.h>

#include <cmath>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/pixels/hot_pixels.hpp"
#include "difftrack/detector/response/digitise.hpp"

namespace difftrack::detector {
namespace {

/// One step per proton and layer in a Gaussian spot, energies as of 60 to 200 MeV protons in 25 um.
event::Steps make_steps(std::int32_t events, std::int32_t layers, double spot) {
  core::RandomStream stream(1, 0);
  event::Steps s;
  for (std::int32_t e = 0; e < events; ++e) {
    const auto [x, y] = stream.normal_pair();
    for (std::int32_t l = 0; l < layers; ++l) {
      const auto [dx, dy] = stream.normal_pair();
      s.event.push_back(e);
      s.track.push_back(1);
      s.parent.push_back(0);
      s.pdg.push_back(2212);
      s.layer.push_back(l);
      s.x.push_back(static_cast<float>(spot * x + 0.2 * dx * l));
      s.y.push_back(static_cast<float>(spot * y + 0.2 * dy * l));
      s.z.push_back(0.0F);
      s.edep.push_back(static_cast<float>(0.02 + 0.02 * stream.exponential()));
    }
  }
  return s;
}

struct Problem {
  Detector detector = read_detector("bergen-dtc");
  event::Steps steps = make_steps(10000, 30, 5.0);
  event::Pixels pixels = Digitise({.threads = 1})(steps, detector);
};

const Problem& problem() {
  static const Problem p;
  return p;
}

void digitise(benchmark::State& state) {
  const Problem& p = problem();
  double energy = 0.0;
  for (const float e : p.pixels.edep) energy += static_cast<double>(e);
  double deposited = 0.0;
  for (const float e : p.steps.edep) deposited += static_cast<double>(e);
  if (energy < 0.8 * deposited || energy > deposited) state.SkipWithError("pixels hold the wrong energy");
  const Digitise digitise({.threads = static_cast<std::int32_t>(state.range(0))});
  for (auto _ : state) benchmark::DoNotOptimize(digitise(p.steps, p.detector));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(p.steps.size()));
}

void cluster(benchmark::State& state) {
  const Problem& p = problem();
  if (label_clusters(order_pixels(p.pixels, p.detector, 1), p.detector, {8}, 1) !=
      label_clusters_by_flood_fill(p.pixels, p.detector, {8}))
    state.SkipWithError("labels differ from the flood fill's");
  const ClusterPixels cluster({.threads = static_cast<std::int32_t>(state.range(0))});
  for (auto _ : state) benchmark::DoNotOptimize(cluster(p.pixels, p.detector));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(p.pixels.size()));
}

void cluster_by_flood_fill(benchmark::State& state) {
  const Problem& p = problem();
  for (auto _ : state) benchmark::DoNotOptimize(label_clusters_by_flood_fill(p.pixels, p.detector, {8}));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(p.pixels.size()));
}

void find_hot_pixels(benchmark::State& state) {
  const Problem& p = problem();
  if (FindHotPixels()(p.pixels, p.detector).places.size() > 1) state.SkipWithError("good pixels were called hot");
  for (auto _ : state) benchmark::DoNotOptimize(FindHotPixels()(p.pixels, p.detector));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(p.pixels.size()));
}

BENCHMARK(digitise)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(cluster)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(cluster_by_flood_fill)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(find_hot_pixels)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::detector
