// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/blackbox.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "tests/problems/layers.hpp"

namespace difftrack::assign {
namespace {

using problems::layered_scores;
using problems::Scores;

/// Y(max(C + lambda g, 0)) from a cold start.
std::vector<std::uint8_t> solved_apart(const problems::LayeredScores& frame, const std::vector<float>& g, double lambda,
                                       bool clamp, const AssignConfig& config) {
  auto costs = costs_of(frame.scores);
  for (std::size_t s = 0; s < costs.size(); ++s) {
    costs[s] += lambda * g[s];
    if (clamp) costs[s] = std::max(costs[s], 0.0);
  }
  return assign_costs(frame.segments(), costs, config).assigned;
}

TEST(BlackboxGradient, PublishedConventionIsTheDifferenceOfTwoAssignments) {
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const auto frame = layered_scores(1, 12, 40, 6, Scores::Random);
    const auto g = problems::hamming_gradient(frame, 1.0);
    const AssignConfig config{.mode = mode};
    const Assignment forward = assign_layers(frame.segments(), frame.scores, config);
    for (const double lambda : {25.0, 500.0}) {
      const auto gradient = blackbox_gradient(forward, frame.scores, g, {.lambda = lambda});
      const auto moved = solved_apart(frame, g, lambda, true, config);
      int different = 0;
      for (std::size_t s = 0; s < gradient.size(); ++s) {
        EXPECT_EQ(gradient[s], static_cast<float>(forward.assigned[s]) - static_cast<float>(moved[s]));
        different += gradient[s] != 0.0F;
      }
      EXPECT_GT(different, 0) << core::name_of(mode) << " " << lambda;
    }
  }
}

TEST(BlackboxGradient, ScaleFreeConventionFollowsTheScaleOfTheLoss) {
  const auto frame = layered_scores(2, 12, 40, 6, Scores::Random);
  const BlackboxConfig config{.convention = Convention::ScaleFree, .lambda = 0.3};
  const Assignment forward = assign_layers(frame.segments(), frame.scores);
  const auto alone = problems::hamming_gradient(frame, 1.0), in_batch = problems::hamming_gradient(frame, 32.0);
  const auto gradient = blackbox_gradient(forward, frame.scores, alone, config);
  const auto averaged = blackbox_gradient(forward, frame.scores, in_batch, config);
  int different = 0;
  for (std::size_t s = 0; s < gradient.size(); ++s) {
    EXPECT_NEAR(averaged[s] * 32.0F, gradient[s], 1e-5F * std::abs(gradient[s]));
    different += gradient[s] != 0.0F;
  }
  EXPECT_GT(different, 20);
  EXPECT_NEAR(effective_lambda(alone, config) * std::abs(static_cast<double>(alone[0])), 0.3, 1e-6);
}

TEST(BlackboxGradient, ZeroGradientOfTheLossGivesZero) {
  const auto frame = layered_scores(3, 6, 20, 4, Scores::Random);
  const std::vector<float> g(frame.scores.size(), 0.0F);
  const Assignment forward = assign_layers(frame.segments(), frame.scores);
  for (const Convention convention : {Convention::Published, Convention::ScaleFree})
    EXPECT_EQ(blackbox_gradient(forward, frame.scores, g, {.convention = convention}), g);
}

/// Vlastelica et al.: the estimate is the exact gradient of the interpolated loss.
TEST(InterpolatedLoss, FiniteDifferenceEqualsTheBlackboxGradient) {
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const AssignConfig config{.mode = mode};
    const auto frame = layered_scores(4, 10, 30, 6, Scores::Random);
    const auto g = problems::hamming_gradient(frame, 1.0);
    const Assignment forward = assign_layers(frame.segments(), frame.scores, config);
    const BlackboxConfig blackbox{.convention = Convention::ScaleFree, .lambda = 0.4};
    const double lambda = effective_lambda(g, blackbox);
    const auto gradient = blackbox_gradient(forward, frame.scores, g, blackbox);
    core::RandomStream random(6, 0);
    for (int i = 0; i < 20; ++i) {
      std::vector<double> low = costs_of(frame.scores), high = low;
      double expected = 0.0;
      const double step = 1e-7;
      for (std::size_t s = 0; s < low.size(); ++s) {
        const double direction = random.uniform() - 0.5;
        low[s] -= step * direction;
        high[s] += step * direction;
        expected -= direction * static_cast<double>(gradient[s]);  // dC = -dp
      }
      const double difference =
          (interpolated_loss(forward, high, g, lambda) - interpolated_loss(forward, low, g, lambda)) / (2 * step);
      EXPECT_NEAR(difference, expected, 1e-5 * std::max(1.0, std::abs(expected)));
      EXPECT_NE(expected, 0.0);
    }
  }
}

/// f_lambda at the ends: for lambda -> 0 it is the loss itself at Y(C).
TEST(InterpolatedLoss, IsTheLossForAVanishingLambda) {
  const auto frame = layered_scores(5, 6, 20, 4, Scores::Random);
  const auto g = problems::hamming_gradient(frame, 1.0);
  const Assignment forward = assign_layers(frame.segments(), frame.scores);
  double loss = 0.0;
  for (std::size_t s = 0; s < g.size(); ++s) loss += forward.assigned[s] ? static_cast<double>(g[s]) : 0.0;
  EXPECT_NEAR(interpolated_loss(forward, costs_of(frame.scores), g, 1e-3), loss, 1e-9);
}

TEST(WithMargin, MovesTrueAndFalseApartAndStaysInRange) {
  const std::vector<float> p{0.5F, 0.5F, 0.01F, 0.99F};
  const auto moved = with_margin(p, std::vector<std::uint8_t>{0, 1, 1, 0}, 0.2);
  EXPECT_FLOAT_EQ(moved[0], 0.6F);
  EXPECT_FLOAT_EQ(moved[1], 0.4F);
  EXPECT_FLOAT_EQ(moved[2], 0.0F);
  EXPECT_FLOAT_EQ(moved[3], 1.0F);
}

TEST(BlackboxGradient, RefusesBadInput) {
  const auto frame = layered_scores(7, 4, 10, 3, Scores::Random);
  const Assignment forward = assign_layers(frame.segments(), frame.scores);
  std::vector<float> g(frame.scores.size(), 1.0F);
  EXPECT_THROW(blackbox_gradient(forward, frame.scores, g, {.lambda = 0.0}), core::InputError);
  g[0] = std::nanf("");
  EXPECT_THROW(blackbox_gradient(forward, frame.scores, g), core::InputError);
  g.pop_back();
  EXPECT_THROW(blackbox_gradient(forward, frame.scores, g), core::InputError);
}

}  // namespace
}  // namespace difftrack::assign
