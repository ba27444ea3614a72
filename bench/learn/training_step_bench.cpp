// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cmath>
#include <memory>

#include "difftrack/core/parallel.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/training_step.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::learn {
namespace {

/// Frames with as many kinks as those of 100 protons behind 100, 150 and 200 mm of water (docs/method.md section 2:
/// 494, 280 and 173 thousand edges): `beam_frame` keeps its tracks closer together, so fewer of them do.
std::vector<event::Frame> mixed_frames(std::size_t count) {
  constexpr std::array<std::int32_t, 3> kTracks{81, 72, 67}, kLayers{43, 35, 27};
  std::vector<event::Frame> frames;
  for (std::size_t i = 0; i < count; ++i) frames.push_back(problems::beam_frame(i + 1, kTracks[i % 3], kLayers[i % 3]));
  return frames;
}

std::unique_ptr<Objective> objective_of(const std::string& loss) {
  Experiment experiment;
  experiment.loss.loss = loss;
  return experiment.objectives.kind(loss, "").make(experiment);
}

/// Forward and backward of every frame on `threads` threads, as a step of training does; returns the summed loss.
double step(const FrameGradientFunction& gradient, const Objective& objective, const std::vector<float>& parameters,
            const std::vector<event::Frame>& frames, int threads, std::vector<FrameGradient>& results) {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  results.assign(frames.size(), {});
  core::parallel_for(static_cast<std::int64_t>(frames.size()), threads, [&](std::int64_t i) {
    shim::use_one_thread_per_operation();
    const auto slot = static_cast<std::size_t>(i);
    const graph::HitGraph graph = graph::build_hit_graph(frames[slot]);
    results[slot] =
        gradient(parameters, frames[slot], graph, frame_loss(objective, {frames[slot], graph, detector, slot}, 32));
  });
  double loss = 0.0;
  for (const FrameGradient& result : results) loss += result.loss;
  return loss;
}

bool same_gradient(const std::vector<FrameGradient>& a, const std::vector<FrameGradient>& b) {
  double difference = 0.0, norm = 0.0;
  for (std::size_t f = 0; f < a.size(); ++f)
    for (std::size_t i = 0; i < a[f].gradient.size(); ++i) {
      const double x = a[f].gradient[i], y = b[f].gradient[i];
      difference += (x - y) * (x - y);
      norm += y * y;
    }
  return difference < 0.05 * 0.05 * norm;
}

void training_step(benchmark::State& state, const std::string& loss) {
  const auto layout = network::line_graph_layout(16);
  const std::vector<float> parameters = initial_parameters(layout, 1).values;
  const std::unique_ptr<Objective> objective = objective_of(loss);
  const auto fast = kernel_gradient(layout), plain = plain_gradient(layout, "cpu");
  std::vector<FrameGradient> results, expected;

  // The answer first, on a thin frame: the plain path's float32 sums drift with the number of edges (docs/learn.md).
  const std::vector<event::Frame> thin{problems::beam_frame(1, 15)};
  step(*plain, *objective, parameters, thin, 1, expected);
  step(*fast, *objective, parameters, thin, 1, results);
  if (loss == "bce" && !same_gradient(results, expected))
    return state.SkipWithError("gradient differs from the plain path");

  // The ratio on one frame of each depth and one thread.
  const auto three = mixed_frames(3);
  const auto seconds = [&](const FrameGradientFunction& gradient, std::vector<FrameGradient>& into) {
    const auto begin = std::chrono::steady_clock::now();
    step(gradient, *objective, parameters, three, 1, into);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double plain_seconds = seconds(*plain, expected);
  seconds(*fast, results);
  const double fast_seconds = seconds(*fast, results);

  const auto frames = mixed_frames(32);
  double kinks = 0.0;
  for (const event::Frame& frame : frames) kinks += static_cast<double>(graph::build_hit_graph(frame).n_kinks());
  for (auto _ : state) benchmark::DoNotOptimize(step(*fast, *objective, parameters, frames, 2, results));
  state.counters["edges"] = 2.0 * kinks / static_cast<double>(frames.size());
  state.counters["plain/fast"] = plain_seconds / fast_seconds;
}
BENCHMARK_CAPTURE(training_step, ptt, "bce")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Repetitions(5)
    ->ReportAggregatesOnly();
BENCHMARK_CAPTURE(training_step, pat, "hamming")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Repetitions(5)
    ->ReportAggregatesOnly();

}  // namespace
}  // namespace difftrack::learn
