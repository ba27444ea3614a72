// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/validation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "difftrack/core/parallel.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::learn {

Validator::Validator(detector::Detector detector, std::vector<event::Frame> frames, const assign::AssignConfig& assign,
                     std::unique_ptr<Objective> objective, int threads)
    : detector_(std::move(detector)),
      frames_(std::move(frames)),
      assign_(assign),
      objective_(std::move(objective)),
      threads_(threads > 0 ? threads : core::default_threads()) {}

bool Validation::has_truth() const { return !std::isnan(purity); }
bool Validation::has_merit() const { return !std::isnan(merit); }
double Validation::deciding() const { return has_merit() ? merit : purity; }

Validation Validator::operator()(const network::Weights& weights, std::int64_t step) const {
  const auto reconstruct = objective_->method(detector_, weights, assign_);
  std::vector<reconstruct::ReconstructFrame::Workspace> workspaces(static_cast<std::size_t>(threads_));
  std::vector<track::FrameCounts> counts(frames_.size());
  std::vector<std::optional<double>> merits(frames_.size());
  core::parallel_for_with_thread(static_cast<std::int64_t>(frames_.size()), threads_, [&](std::int64_t i, int thread) {
    const auto& frame = frames_[static_cast<std::size_t>(i)];
    const auto result = (*reconstruct)(frame, workspaces[static_cast<std::size_t>(thread)]);
    merits[static_cast<std::size_t>(i)] = objective_->merit(frame, result);
    if (frame.hits.has_truth() && !frame.hits.primary.empty())
      counts[static_cast<std::size_t>(i)] =
          track::evaluate_tracks(frame, result.tracks, detector_.thresholds, &result.graph, result.assigned);
  });
  const double none = std::numeric_limits<double>::quiet_NaN();
  double merit = 0.0;
  for (const auto& each : merits) merit += each ? *each / static_cast<double>(merits.size()) : none;
  const bool truth = std::all_of(frames_.begin(), frames_.end(), [](const event::Frame& frame) {
    return frame.hits.has_truth() && !frame.hits.primary.empty();
  });
  if (!truth) return {step, none, none, none, none, merit};
  const track::Metrics metrics = track::summarise(counts);
  const auto number = [](const track::Estimate& estimate) {
    return std::isfinite(estimate.value) ? estimate.value : 0.0;
  };
  return {step,
          number(metrics.published_purity),
          number(metrics.published_efficiency),
          number(metrics.segment_tpr),
          number(metrics.segment_fpr),
          merit};
}

bool is_flat(const std::vector<Validation>& curve, std::int64_t steps, double tolerance) {
  if (steps <= 0 || curve.empty() || curve.back().step < steps) return false;
  struct Half {
    double purity = 0.0, efficiency = 0.0, merit = 0.0, n = 0.0;
  } first, second;
  const std::int64_t end = curve.back().step;
  for (const Validation& point : curve) {
    if (point.step <= end - steps) continue;
    Half& half = 2 * (end - point.step) < steps ? second : first;
    half.purity += point.purity;
    half.efficiency += point.efficiency;
    half.merit += point.merit;
    half.n += 1.0;
  }
  if (curve.back().has_merit()) return first.n > 0 && second.merit / second.n - first.merit / first.n <= tolerance;
  return first.n > 0 && second.purity / second.n - first.purity / first.n <= tolerance &&
         second.efficiency / second.n - first.efficiency / first.n <= tolerance;
}

}  // namespace difftrack::learn
