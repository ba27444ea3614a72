// SPDX-License-Identifier: Apache-2.0
// The budgets of the study, per unit of work: a point of a surface, a product of the Hessian, a step of a curve, a
// frame of similarities. What a whole run takes follows by multiplication (docs/landscape.md#cost). Each proves its
// answer first.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "difftrack/study/curves.hpp"
#include "difftrack/study/evaluate.hpp"
#include "difftrack/study/hessian.hpp"
#include "difftrack/study/lanczos.hpp"
#include "difftrack/study/similarity.hpp"
#include "tests/problems/beam_frames.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::study;

/// Frames like those behind 100 mm of water, 100 primaries each.
const FrameSet& frames() {
  static const FrameSet set = [] {
    FrameSet made{detector::read_detector("bergen-dtc"), {{"beam", 0, 8, 1}}, {}};
    for (std::uint64_t f = 0; f < 8; ++f)
      made.frames.push_back(study_frame(problems::beam_frame(f + 1, 100), made.detector));
    return made;
  }();
  return set;
}

Model model_of(std::uint64_t seed) {
  Model model;
  model.name = "made_" + std::to_string(seed);
  model.layout = network::line_graph_layout(16);
  model.values = normal_vector(model.layout.n_parameters, seed, 0);
  for (double& each : model.values) each *= 0.2;
  for (const auto* perceptron : model.layout.perceptrons())
    for (std::size_t k = 0; k < (perceptron->object ? 4U : 3U); ++k)
      for (std::size_t c = 0; c < static_cast<std::size_t>(perceptron->norm[k].width); ++c)
        model.values[perceptron->norm[k].weight + c] = 1.0;
  model.statistics.assign(model.layout.n_statistics, 0.0F);
  const PointEvaluator evaluate(model, frames(), Statistics::Recomputed, 2);
  PointEvaluator::Workspace workspace;
  model.statistics = evaluate.recomputed_statistics(to_flat(model, model.values).values, workspace);
  return model;
}

/// One point of a surface over 8 frames; items are frames.
void point(benchmark::State& state, Statistics statistics) {
  const Model model = model_of(1);
  const PointEvaluator evaluate(model, frames(), statistics);
  PointEvaluator::Workspace workspace;
  const double first = evaluate(model.values, model.statistics, workspace).bce;
  if (!std::isfinite(first) || first != evaluate(model.values, model.statistics, workspace).bce)
    state.SkipWithError("a point has two losses");
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(model.values, model.statistics, workspace));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames().size()));
}
BENCHMARK_CAPTURE(point, running, Statistics::Running)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(point, frame, Statistics::Frame)->Unit(benchmark::kMillisecond);

/// One product of the Hessian with a vector on one thread; items are frames.
void product(benchmark::State& state) {
  const Model model = model_of(1);
  const DifferenceProducts multiply(model, frames(), bce_loss(), HessianNorm::Running, 1);
  const Vector v = normal_vector(model.values.size(), 1, 1), w = normal_vector(model.values.size(), 1, 2);
  const double vw = dot(v, multiply(w)), wv = dot(w, multiply(v));
  if (std::abs(vw - wv) > 0.02 * std::abs(vw) + 1e-3 * norm(multiply(v)) * norm(w))
    state.SkipWithError("the Hessian is not symmetric");
  for (auto _ : state) benchmark::DoNotOptimize(multiply(v));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(frames().size()));
}
BENCHMARK(product)->Unit(benchmark::kMillisecond);

/// One step of 8 frames that trains the bend of a curve, on one thread.
void curve_step(benchmark::State& state) {
  const Model a = model_of(1), b = model_of(2);
  ConnectConfig config;
  config.steps = 1;
  Curve curve = start_curve(CurveKind::Bezier, 1, a.values, b.values);
  const Vector before = curve.points[1];
  train_bends(curve, config, a, frames(), 1);
  if (curve.points[1] == before) state.SkipWithError("the bend did not move");
  for (auto _ : state) train_bends(curve, config, a, frames(), 1);
}
BENCHMARK(curve_step)->Unit(benchmark::kMillisecond);

/// Similarities of all pairs of models on one frame; the argument is the number of models.
void similarity(benchmark::State& state) {
  std::vector<Model> models;
  for (std::int64_t m = 0; m < state.range(0); ++m) models.push_back(model_of(static_cast<std::uint64_t>(m + 1)));
  const auto matrices = similarity_matrices(frame_hsic(models, frames().frames[0], {}, 0), models.size());
  if (std::abs(matrices.matched[0][0] - 1.0) > 1e-9) state.SkipWithError("a model is not like itself");
  for (auto _ : state) benchmark::DoNotOptimize(frame_hsic(models, frames().frames[0], {}, 0));
}
BENCHMARK(similarity)->Arg(2)->Arg(9)->Unit(benchmark::kMillisecond);

}  // namespace
