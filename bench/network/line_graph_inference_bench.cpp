// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/network/reference_logits.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::network {
namespace {

/// Edges per second of the network alone (both directions counted), one core; arguments: tracks per frame, hidden.
void line_graph_logits(benchmark::State& state) {
  const auto layout = line_graph_layout(static_cast<int>(state.range(1)));
  const auto flat = random_parameters(layout, 17);
  const auto model = kernels::fold_line_graph(layout, flat);
  kernels::InferenceWorkspace workspace;

  const auto proof = problems::beam_frame(2, 30);
  const auto small = graph::build_hit_graph(proof);
  const auto small_features = graph::segment_features(proof, small);
  std::vector<float> logits(small.size());
  kernels::fused_logits(model, kernels::line_graph_view(small, small_features), workspace, logits);
  const auto expected = reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Running,
                                         small_features, graph::build_line_graph(small));
  for (std::size_t s = 0; s < logits.size(); ++s)
    if (!(std::abs(logits[s] - expected[s]) < 1e-4)) return state.SkipWithError("logits differ from the reference");

  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  const auto graph = graph::build_hit_graph(frame);
  const auto features = graph::segment_features(frame, graph);
  logits.resize(graph.size());
  for (auto _ : state) {
    kernels::fused_logits(model, kernels::line_graph_view(graph, features), workspace, logits);
    benchmark::DoNotOptimize(logits.data());
  }
  const auto edges = static_cast<double>(2 * graph.n_kinks());
  state.counters["edges"] = edges;
  state.counters["segments"] = static_cast<double>(graph.size());
  state.counters["edges/s"] = benchmark::Counter(edges, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(line_graph_logits)
    ->ArgNames({"tracks", "hidden"})
    ->ArgsProduct({{25, 50, 100, 150, 300}, {16}})
    ->ArgsProduct({{100}, {32, 64}})
    ->Unit(benchmark::kMillisecond);

/// The same with 256-bit vectors, for machines without AVX-512.
void line_graph_logits_avx2(benchmark::State& state) {
  if (!(hwy::SupportedTargets() & HWY_AVX2)) {
    state.SetLabel("this machine has no AVX2");
    for (auto _ : state) continue;
    return;
  }
  hwy::SetSupportedTargetsForTest(HWY_AVX2);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  line_graph_logits(state);
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}
BENCHMARK(line_graph_logits_avx2)->ArgNames({"tracks", "hidden"})->Args({150, 16})->Unit(benchmark::kMillisecond);

/// Hits in memory → logits: hit graph, features and network as SegmentScorer runs them, one core.
void graph_and_network(benchmark::State& state) {
  const auto layout = line_graph_layout(16);
  const SegmentScorer scorer(to_weights(random_parameters(layout, 17), layout));
  SegmentScorer::Workspace workspace;
  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(scorer(frame, graph::build_hit_graph(frame), workspace).data());
  const auto graph = graph::build_hit_graph(frame);
  state.counters["edges"] = static_cast<double>(2 * graph.n_kinks());
  state.counters["segments"] = static_cast<double>(graph.size());
}
BENCHMARK(graph_and_network)->ArgName("tracks")->Arg(50)->Arg(100)->Arg(150)->Unit(benchmark::kMillisecond);

/// A described network as SegmentScorer runs it, hit graph given; arguments: steps of message passing, 1 for the
/// general path instead of the kernels. Both give the same logits.
void described_network(benchmark::State& state) {
  Description description;
  description.message_steps = static_cast<std::int32_t>(state.range(0));
  const auto layout = parameter_layout(description);
  const auto weights = to_weights(random_parameters(layout, 17), layout);
  const SegmentScorer fast(weights), general(weights, "model", SegmentScorer::Path::Reference);
  const auto frame = problems::beam_frame(1, 25);
  const auto graph = graph::build_hit_graph(frame);
  SegmentScorer::Workspace workspace;
  const auto ours = fast(frame, graph, workspace), expected = general(frame, graph, workspace);
  for (std::size_t s = 0; s < ours.size(); ++s)
    if (!(std::abs(ours[s] - expected[s]) < 1e-4F)) return state.SkipWithError("logits differ from the general path");
  const SegmentScorer& scorer = state.range(1) == 0 ? fast : general;
  for (auto _ : state) benchmark::DoNotOptimize(scorer(frame, graph, workspace).data());
  const auto edges = static_cast<double>(2 * graph.n_kinks());
  state.counters["edges"] = edges;
  state.counters["edges/s"] = benchmark::Counter(edges, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(described_network)
    ->ArgNames({"steps", "general"})
    ->ArgsProduct({{1, 2, 4}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

/// Reading a model into its folded, tabulated form: part of every start of `difftrack reconstruct`.
void fold_model(benchmark::State& state) {
  const auto layout = line_graph_layout(16);
  const auto weights = to_weights(random_parameters(layout, 17), layout);
  for (auto _ : state) benchmark::DoNotOptimize(SegmentScorer(weights).description());
}
BENCHMARK(fold_model)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::network
