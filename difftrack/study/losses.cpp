// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/losses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "difftrack/assign/estimators.hpp"

namespace difftrack::study {

namespace {

constexpr double kLowestLog = -100.0;

/// log sigmoid(x) without the rounding of sigmoid near 0 and 1.
double log_sigmoid(double x) { return x >= 0.0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

std::vector<float> scores_of(std::span<const float> logits) {
  std::vector<float> scores(logits.size());
  std::transform(logits.begin(), logits.end(), scores.begin(), sigmoid);
  return scores;
}

/// Weight of a segment in a sum of two group means, [C, T]: 1 over the size of its group.
std::array<double, 2> group_weights(const StudyFrame& frame) {
  std::array<double, 2> size{0.0, 0.0};
  for (const std::uint8_t tracker : frame.tracker) size[tracker] += 1.0;
  return {1.0 / std::max(size[0], 1.0), 1.0 / std::max(size[1], 1.0)};
}

assign::Assignment assign_frame(const StudyFrame& frame, std::span<const float> scores) {
  assign::AssignConfig config;
  config.threads = 1;
  return assign::assign_layers(frame.segments(), scores, config);
}

/// dL_H/dY = (1 - 2t) / size of the group, over `divisor`.
std::vector<float> hamming_slope(const StudyFrame& frame, double divisor) {
  const std::array<double, 2> weight = group_weights(frame);
  std::vector<float> slope(frame.size());
  for (std::size_t s = 0; s < slope.size(); ++s)
    slope[s] = static_cast<float>((1.0 - 2.0 * frame.labels[s]) * weight[frame.tracker[s]] / divisor);
  return slope;
}

double hamming_value(const StudyFrame& frame, std::span<const std::uint8_t> assigned) {
  const std::array<double, 2> weight = group_weights(frame);
  std::array<std::int64_t, 2> wrong{0, 0};
  for (std::size_t s = 0; s < assigned.size(); ++s) wrong[frame.tracker[s]] += assigned[s] != frame.labels[s];
  return static_cast<double>(wrong[0]) * weight[0] + static_cast<double>(wrong[1]) * weight[1];
}

/// Slopes with respect to p as slopes with respect to the logits.
void through_sigmoid(std::span<const float> of_scores, std::span<const float> scores, std::span<float> slope) {
  for (std::size_t s = 0; s < slope.size(); ++s) slope[s] = of_scores[s] * scores[s] * (1.0F - scores[s]);
}

}  // namespace

FrameLosses frame_losses(const StudyFrame& frame, std::span<const float> logits) {
  FrameLosses losses;
  const std::array<double, 2> weight = group_weights(frame);
  const std::vector<std::uint8_t> assigned = assign_frame(frame, scores_of(logits)).assigned;
  std::array<double, 2> sum{0.0, 0.0};
  std::array<std::int64_t, 2> n_true{0, 0};
  for (std::size_t s = 0; s < frame.size(); ++s) {
    const bool label = frame.labels[s] != 0, taken = assigned[s] != 0;
    const double x = static_cast<double>(logits[s]);
    sum[frame.tracker[s]] -= std::max(log_sigmoid(label ? x : -x), kLowestLog);
    n_true[frame.tracker[s]] += label;
    losses.true_taken += label && taken;
    losses.false_taken += !label && taken;
  }
  losses.bce = sum[0] * weight[0] + sum[1] * weight[1];
  losses.hamming = hamming_value(frame, assigned);
  losses.ceiling = 2.0 * (static_cast<double>(n_true[0]) * weight[0] + static_cast<double>(n_true[1]) * weight[1]);
  losses.true_all = n_true[0] + n_true[1];
  losses.false_all = static_cast<std::int64_t>(frame.size()) - losses.true_all;
  return losses;
}

PointLosses mean_losses(std::span<const FrameLosses> frames) {
  PointLosses point;
  FrameLosses sum;
  for (const FrameLosses& frame : frames) {
    sum.bce += frame.bce;
    sum.hamming += frame.hamming;
    sum.ceiling += frame.ceiling;
    sum.true_all += frame.true_all;
    sum.true_taken += frame.true_taken;
    sum.false_all += frame.false_all;
    sum.false_taken += frame.false_taken;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(frames.size(), 1));
  const auto share = [](std::int64_t part, std::int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0.0;
  };
  return {sum.bce / n, sum.hamming / n, sum.ceiling / n, share(sum.true_taken, sum.true_all),
          share(sum.false_taken, sum.false_all)};
}

LogitLoss bce_loss() {
  return [](const StudyFrame& frame, std::size_t, std::span<const float> logits, std::span<float> slope) {
    const std::array<double, 2> weight = group_weights(frame);
    double value = 0.0;
    for (std::size_t s = 0; s < logits.size(); ++s) {
      const double x = static_cast<double>(logits[s]), t = frame.labels[s];
      const double log_likelihood = log_sigmoid(t > 0.0 ? x : -x), w = weight[frame.tracker[s]];
      const bool bounded = log_likelihood < kLowestLog;
      value -= w * std::max(log_likelihood, kLowestLog);
      slope[s] = bounded ? 0.0F : static_cast<float>(w * (1.0 / (1.0 + std::exp(-x)) - t));
    }
    return value;
  };
}

std::vector<float> blackbox_factors(const StudyFrame& frame, std::span<const float> logits, double lambda) {
  const std::vector<float> scores = scores_of(logits);
  return assign::blackbox_gradient(assign_frame(frame, scores), scores, hamming_slope(frame, 1.0), {.lambda = lambda});
}

LogitLoss hamming_loss(double lambda, double divisor) {
  return
      [lambda, divisor](const StudyFrame& frame, std::size_t, std::span<const float> logits, std::span<float> slope) {
        const std::vector<float> scores = scores_of(logits);
        const assign::Assignment assignment = assign_frame(frame, scores);
        const std::vector<float> of_scores =
            assign::blackbox_gradient(assignment, scores, hamming_slope(frame, divisor), {.lambda = lambda});
        through_sigmoid(of_scores, scores, slope);
        return hamming_value(frame, assignment.assigned);
      };
}

LogitLoss surrogate_loss(std::shared_ptr<const std::vector<std::vector<float>>> factors) {
  return [factors = std::move(factors)](const StudyFrame&, std::size_t index, std::span<const float> logits,
                                        std::span<float> slope) {
    const std::vector<float>& g = (*factors)[index];
    const std::vector<float> scores = scores_of(logits);
    double value = 0.0;
    for (std::size_t s = 0; s < g.size(); ++s) value += static_cast<double>(g[s]) * static_cast<double>(scores[s]);
    through_sigmoid(g, scores, slope);
    return value;
  };
}

LogitLoss smooth_loss(const assign::PerturbedAssignments::Config& noise) {
  assign::EstimatorConfig estimator;
  estimator.estimator = assign::Estimator::FenchelYoung;
  estimator.noise = noise;
  estimator.noise.threads = 1;
  return
      [estimator](const StudyFrame& frame, std::size_t index, std::span<const float> logits, std::span<float> slope) {
        const std::vector<float> scores = scores_of(logits);
        const auto loss = assign::assignment_loss(assign_frame(frame, scores), scores, frame.labels, estimator, index);
        const double n = std::max<double>(1.0, static_cast<double>(scores.size()));
        through_sigmoid(loss.gradient, scores, slope);
        for (float& each : slope) each = static_cast<float>(static_cast<double>(each) / n);
        return loss.value / n;
      };
}

}  // namespace difftrack::study
