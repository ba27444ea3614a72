// SPDX-License-Identifier: Apache-2.0
/// One frame of 150 protons behind 100 mm of water in size: 43 layers, about 93 hits a layer and 31.5 thousand
/// segments. Every benchmark first proves its answer (certificates, equal costs) and refuses to run otherwise.
#include <benchmark/benchmark.h>

#include <cmath>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/certificate.hpp"
#include "difftrack/assign/dense_lap.hpp"
#include "tests/problems/layers.hpp"

namespace difftrack::assign {
namespace {

problems::LayeredScores frame_of_150(problems::Scores kind) {
  return problems::layered_scores(150, 43, 112, 9.6, kind, 0.014);
}

bool proven(const Assignment& assignment) {
  for (const auto& pair : assignment.pairs) {
    const auto report = assignment.free ? check_certificate(pair.problem, pair.leaving, pair.solution)
                                        : check_certificate(pair.problem, pair.solution);
    const Solution dense =
        assignment.free ? solve_free_densely(pair.problem, pair.leaving) : solve_forced_densely(pair.problem);
    if (!report.valid || std::abs(dense.cost - pair.solution.cost) > 1e-9 ||
        (!assignment.free && dense.cardinality != pair.solution.cardinality))
      return false;
  }
  return true;
}

void describe(benchmark::State& state, const problems::LayeredScores& frame) {
  state.counters["segments"] = static_cast<double>(frame.scores.size());
  state.counters["hits"] = frame.n_hits;
}

/// "pairs → Y" from a cold start.
void cold(benchmark::State& state, problems::Scores kind, AssignMode mode) {
  const auto frame = frame_of_150(kind);
  const AssignConfig config{.mode = mode, .threads = 1};
  if (!proven(assign_layers(frame.segments(), frame.scores, config))) return state.SkipWithError("not proven optimal");
  for (auto _ : state) benchmark::DoNotOptimize(assign_layers(frame.segments(), frame.scores, config));
  describe(state, frame);
}

/// The whole backward step: C', warm solve, difference.
void backward(benchmark::State& state, problems::Scores kind, AssignMode mode, Convention convention, double lambda) {
  const auto frame = frame_of_150(kind);
  const AssignConfig config{.mode = mode, .threads = 1};
  const Assignment forward = assign_layers(frame.segments(), frame.scores, config);
  const auto g = problems::hamming_gradient(frame, 32.0);
  const BlackboxConfig blackbox{.convention = convention, .lambda = lambda};
  const auto gradient = blackbox_gradient(forward, frame.scores, g, blackbox);
  auto costs = costs_of(frame.scores);
  const double step = effective_lambda(g, blackbox);
  for (std::size_t s = 0; s < costs.size(); ++s) {
    costs[s] += step * static_cast<double>(g[s]);
    if (!blackbox.scale_free()) costs[s] = std::max(costs[s], 0.0);
  }
  double warm_cost = 0.0;
  reassign(forward, costs, 1, &warm_cost);
  const Assignment again = assign_costs(frame.segments(), costs, config);
  if (!proven(again) || std::abs(warm_cost - again.cost) > 1e-8)
    return state.SkipWithError("warm start is not optimal");
  std::size_t moved = 0;
  for (const float x : gradient) moved += x != 0.0F;
  for (auto _ : state) benchmark::DoNotOptimize(blackbox_gradient(forward, frame.scores, g, blackbox));
  describe(state, frame);
  state.counters["not_zero"] = static_cast<double>(moved);
}

using problems::Scores;
BENCHMARK_CAPTURE(cold, trained_forced, Scores::Trained, AssignMode::Forced)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, trained_free, Scores::Trained, AssignMode::Free)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, random_forced, Scores::Random, AssignMode::Forced)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(cold, random_free, Scores::Random, AssignMode::Free)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backward, trained_forced_published_25, Scores::Trained, AssignMode::Forced, Convention::Published,
                  25.0)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backward, trained_forced_scale_free, Scores::Trained, AssignMode::Forced, Convention::ScaleFree, 0.3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backward, trained_free_scale_free, Scores::Trained, AssignMode::Free, Convention::ScaleFree, 0.3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backward, random_forced_published_25, Scores::Random, AssignMode::Forced, Convention::Published, 25.0)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(backward, random_forced_scale_free, Scores::Random, AssignMode::Forced, Convention::ScaleFree, 0.3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::assign
