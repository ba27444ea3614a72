// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <vector>

#include "difftrack/graph/features.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/reconstruct/network_graph.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/network/reference_logits.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::reconstruct {
namespace {

/// The published network on all kinks or on gated ones, with numbers that are drawn.
struct Network {
  network::ParameterLayout layout;
  network::FlatParameters flat;
  NetworkGraph graph;
  network::SegmentScorer scorer;

  explicit Network(std::optional<double> gate)
      : layout(layout_with(gate)),
        flat(network::random_parameters(layout, 17)),
        graph(detector::read_detector("bergen-dtc"), layout.description),
        scorer(network::to_weights(flat, layout)) {}

  static network::ParameterLayout layout_with(std::optional<double> gate) {
    auto description = network::published_line_graph(16);
    description.kink_gate = gate;
    return network::parameter_layout(description);
  }

  /// Hits in memory → logits.
  std::vector<float> score(const event::Frame& frame, network::SegmentScorer::Workspace& workspace) const {
    return scorer(frame, graph(frame), workspace);
  }

  /// Hits in memory → gradient of all parameters, as one frame of a step; returns the logits.
  std::vector<float> train(const event::Frame& frame, network::kernels::TrainingWorkspace& workspace,
                           std::vector<float>& gradient) const {
    const graph::HitGraph made = graph(frame);
    const auto features = graph::segment_features(frame, made);
    const auto view = network::kernels::line_graph_view(made, features);
    std::vector<float> logits(made.size());
    gradient.assign(layout.n_parameters, 0.0F);
    network::kernels::training_forward(16, flat.values, {}, view, network::BatchNormMode::Frame, workspace, logits);
    network::kernels::training_backward(16, flat.values, view, workspace, logits, gradient);
    return logits;
  }

  /// Whether logits are those of the plain reference on the explicit line graph, in use or in training.
  bool agrees(const event::Frame& frame, const std::vector<float>& logits, network::BatchNormMode mode) const {
    const graph::HitGraph made = graph(frame);
    const auto expected =
        network::reference_logits(layout, network::reference::Parameters::from(flat), mode,
                                  graph::segment_features(frame, made), graph::build_line_graph(made));
    bool same = logits.size() == expected.size();
    for (std::size_t s = 0; same && s < logits.size(); ++s)
      same = std::abs(static_cast<double>(logits[s]) - expected[s]) < 1e-3;
    return same;
  }
};

/// [s] of this thread, so that other work on the machine does not count.
double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// Times work(network) of both in turn; counters are medians [ms], their ratio and the share of kinks that stay.
template <class Work>
void in_turn(benchmark::State& state, const Network& open, const Network& gated, const event::Frame& frame,
             const Work& work) {
  const auto seconds = [&](const Network& network) {
    const double begin = thread_seconds();
    work(network);
    return thread_seconds() - begin;
  };
  std::vector<double> of_open, of_gated;
  seconds(open), seconds(gated);  // memory and tables are there, then
  for (auto _ : state) {
    of_open.push_back(seconds(open));
    of_gated.push_back(seconds(gated));
    state.SetIterationTime(of_gated.back());
  }
  state.counters["all_ms"] = 1e3 * median(of_open);
  state.counters["gated_ms"] = 1e3 * median(of_gated);
  state.counters["gated/all"] = median(of_gated) / median(of_open);
  state.counters["kinks"] =
      static_cast<double>(gated.graph(frame).n_kinks()) / static_cast<double>(open.graph(frame).n_kinks());
}

/// Hits → graph, gate included → logits of the network on gated kinks against that on all; arguments: tracks per frame,
/// gate [-nats].
void gated_scoring(benchmark::State& state) {
  const Network open({}), gated(-static_cast<double>(state.range(1)));
  network::SegmentScorer::Workspace workspace;
  const auto proof = problems::beam_frame(2, 30);
  for (const Network* network : {&open, &gated})
    if (!network->agrees(proof, network->score(proof, workspace), network::BatchNormMode::Running))
      return state.SkipWithError("logits differ from the reference");
  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  in_turn(state, open, gated, frame,
          [&](const Network& network) { benchmark::DoNotOptimize(network.score(frame, workspace).data()); });
}
BENCHMARK(gated_scoring)
    ->ArgNames({"tracks", "nats_below"})
    ->ArgsProduct({{50, 150, 300}, {3, 5}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// The same of one frame of a training step: hits → graph, gate included → gradient.
void gated_training(benchmark::State& state) {
  const Network open({}), gated(-static_cast<double>(state.range(1)));
  network::kernels::TrainingWorkspace workspace;
  std::vector<float> gradient;
  const auto proof = problems::beam_frame(2, 20);
  for (const Network* network : {&open, &gated})
    if (!network->agrees(proof, network->train(proof, workspace, gradient), network::BatchNormMode::Frame))
      return state.SkipWithError("logits differ from the reference");
  const auto frame = problems::beam_frame(1, static_cast<std::int32_t>(state.range(0)));
  in_turn(state, open, gated, frame,
          [&](const Network& network) { benchmark::DoNotOptimize(network.train(frame, workspace, gradient).data()); });
}
BENCHMARK(gated_training)
    ->ArgNames({"tracks", "nats_below"})
    ->ArgsProduct({{50, 150, 300}, {3, 5}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace difftrack::reconstruct
