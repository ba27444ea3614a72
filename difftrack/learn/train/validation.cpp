// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/validation.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/parallel.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::learn {

Validation validate(const network::Weights& weights, const std::vector<event::Frame>& frames,
                    const detector::Detector& detector, const assign::AssignConfig& assign, std::int64_t step,
                    int threads) {
  const reconstruct::NetworkReconstruction reconstruct(detector, network::SegmentScorer(weights), assign);
  const int team = threads > 0 ? threads : core::default_threads();
  std::vector<reconstruct::ReconstructFrame::Workspace> workspaces(static_cast<std::size_t>(team));
  std::vector<track::FrameCounts> counts(frames.size());
  core::parallel_for_with_thread(static_cast<std::int64_t>(frames.size()), team, [&](std::int64_t i, int thread) {
    const auto& frame = frames[static_cast<std::size_t>(i)];
    const auto result = reconstruct(frame, workspaces[static_cast<std::size_t>(thread)]);
    counts[static_cast<std::size_t>(i)] =
        track::evaluate_tracks(frame, result.tracks, detector.thresholds, &result.graph, result.assigned);
  });
  const track::Metrics metrics = track::summarise(counts);
  const auto number = [](const track::Estimate& estimate) {
    return std::isfinite(estimate.value) ? estimate.value : 0.0;
  };
  return {step, number(metrics.published_purity), number(metrics.published_efficiency), number(metrics.segment_tpr),
          number(metrics.segment_fpr)};
}

bool is_flat(const std::vector<Validation>& curve, std::int64_t steps, double tolerance) {
  if (steps <= 0 || curve.empty() || curve.back().step < steps) return false;
  struct Half {
    double purity = 0.0, efficiency = 0.0, n = 0.0;
  } first, second;
  const std::int64_t end = curve.back().step;
  for (const Validation& point : curve) {
    if (point.step <= end - steps) continue;
    Half& half = 2 * (end - point.step) < steps ? second : first;
    half.purity += point.purity;
    half.efficiency += point.efficiency;
    half.n += 1.0;
  }
  return first.n > 0 && second.purity / second.n - first.purity / first.n <= tolerance &&
         second.efficiency / second.n - first.efficiency / first.n <= tolerance;
}

}  // namespace difftrack::learn
