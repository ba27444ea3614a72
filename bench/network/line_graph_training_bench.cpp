// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/network/reference_logits.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::network {
namespace {

/// True when the training forward pass agrees with the reference on a small frame.
bool proven(const ParameterLayout& layout, const FlatParameters& flat, kernels::TrainingWorkspace& workspace) {
  const auto frame = problems::beam_frame(2, 20);
  const auto graph = graph::build_hit_graph(frame);
  const auto features = graph::segment_features(frame, graph);
  const auto kinks = graph::build_line_graph(graph);
  std::vector<float> logits(graph.size());
  kernels::training_forward(layout.description.hidden, flat.values, {},
                            kernels::line_graph_view(graph, features, &kinks.theta), BatchNormMode::Frame, workspace,
                            logits);
  const auto expected =
      reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Frame, features, kinks);
  for (std::size_t s = 0; s < logits.size(); ++s)
    if (!(std::abs(logits[s] - expected[s]) < 1e-4)) return false;
  return true;
}

/// Forward and backward of one frame on one core; arguments: tracks per frame, hidden, 1 to leave out the backward
/// pass.
void line_graph_training(benchmark::State& state) {
  const auto layout = line_graph_layout(static_cast<int>(state.range(1)));
  const auto flat = random_parameters(layout, 17);
  kernels::TrainingWorkspace workspace;
  if (!proven(layout, flat, workspace)) return state.SkipWithError("logits differ from the reference");
  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  const auto graph = graph::build_hit_graph(frame);
  const auto features = graph::segment_features(frame, graph);
  const auto view = kernels::line_graph_view(graph, features);
  std::vector<float> logits(graph.size()), gradient(layout.n_parameters, 0.0F);
  for (auto _ : state) {
    kernels::training_forward(layout.description.hidden, flat.values, {}, view, BatchNormMode::Frame, workspace,
                              logits);
    if (state.range(2) == 0)
      kernels::training_backward(layout.description.hidden, flat.values, view, workspace, logits, gradient);
    benchmark::DoNotOptimize(gradient.data());
    benchmark::DoNotOptimize(logits.data());
  }
  const auto edges = static_cast<double>(2 * graph.n_kinks());
  state.counters["edges"] = edges;
  state.counters["edges/s"] = benchmark::Counter(edges, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(line_graph_training)
    ->ArgNames({"tracks", "hidden", "forward_only"})
    ->ArgsProduct({{50, 100, 150}, {16}, {0, 1}})
    ->ArgsProduct({{100}, {32, 64}, {0}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::network
