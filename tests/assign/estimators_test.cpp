// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/estimators.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "tests/problems/assignment.hpp"
#include "tests/problems/layers.hpp"

namespace difftrack::assign {
namespace {

using problems::layered_scores;
using problems::Scores;

struct Case {
  problems::LayeredScores frame;
  std::vector<float> g;
  Assignment forward;

  explicit Case(AssignMode mode, std::uint64_t seed = 1)
      : frame(layered_scores(seed, 8, 25, 5, Scores::Random)),
        g(problems::hamming_gradient(frame, 1.0)),
        forward(assign_layers(frame.segments(), frame.scores, {.mode = mode})) {}
};

TEST(Estimators, BlackboxIsTheBlackboxGradient) {
  const Case c(AssignMode::Forced);
  for (const Convention convention : {Convention::Published, Convention::ScaleFree})
    EXPECT_EQ(
        assignment_gradient(c.forward, c.frame.scores, c.g, {.blackbox = {.convention = convention, .lambda = 0.5}}),
        blackbox_gradient(c.forward, c.frame.scores, c.g, {.convention = convention, .lambda = 0.5}));
}

TEST(Identity, RemovesExactlyWhatMaximumMatchingsAreInvariantTo) {
  const Case c(AssignMode::Forced, 2);
  core::RandomStream random(3, 0);
  std::vector<float> g;
  for (std::size_t s = 0; s < c.frame.scores.size(); ++s) g.push_back(static_cast<float>(random.normal()));
  const auto projected = project_gradient(c.forward, g);
  // Any two maximum matchings see the same difference of Σ g Y and of Σ P(g) Y, up to a constant per layer pair.
  double before = 0.0, after = 0.0;
  for (std::size_t s = 0; s < g.size(); ++s)
    if (c.forward.assigned[s]) before += static_cast<double>(g[s]), after += projected[s];
  int different = 0;
  for (int i = 0; i < 30; ++i) {
    std::vector<double> costs(g.size());
    for (double& cost : costs) cost = random.uniform();
    const auto other = reassign(c.forward, costs);
    different += other != c.forward.assigned;
    double other_before = 0.0, other_after = 0.0;
    for (std::size_t s = 0; s < g.size(); ++s)
      if (other[s]) other_before += static_cast<double>(g[s]), other_after += projected[s];
    EXPECT_NEAR(other_before - before, other_after - after, 1e-6);
  }
  EXPECT_EQ(different, 30);
  const auto twice = project_gradient(c.forward, std::vector<float>(projected.begin(), projected.end()));
  for (std::size_t s = 0; s < g.size(); ++s) EXPECT_NEAR(twice[s], projected[s], 1e-5);
}

TEST(Identity, OnACompleteSquareIsDoubleCentring) {
  problems::LayeredScores frame;
  core::RandomStream random(4, 0);
  std::vector<float> g;
  double mean_all = 0.0, mean_row[4] = {}, mean_column[4] = {};
  for (std::int32_t r = 0; r < 4; ++r)
    for (std::int32_t col = 0; col < 4; ++col) {
      frame.deep.push_back(r), frame.shallow.push_back(4 + col),
          frame.scores.push_back(static_cast<float>(random.uniform()));
      g.push_back(static_cast<float>(random.normal()));
      mean_all += static_cast<double>(g.back()) / 16, mean_row[r] += static_cast<double>(g.back()) / 4;
      mean_column[col] += static_cast<double>(g.back()) / 4;
    }
  frame.pair_begin = {0, 16};
  frame.n_hits = 8;
  const Assignment forward = assign_layers(frame.segments(), frame.scores);
  const auto gradient = assignment_gradient(forward, frame.scores, g, {.estimator = Estimator::Identity});
  for (std::size_t s = 0; s < 16; ++s)
    EXPECT_NEAR(gradient[s], static_cast<double>(g[s]) - mean_row[s / 4] - mean_column[s % 4] + mean_all, 1e-6);
}

TEST(Identity, LeavesTheGradientOfTheFreeProblem) {
  const Case c(AssignMode::Free, 5);
  EXPECT_EQ(assignment_gradient(c.forward, c.frame.scores, c.g, {.estimator = Estimator::Identity}), c.g);
}

TEST(ImplicitMle, WithoutNoiseIsTheBlackboxWithoutClamp) {
  const Case c(AssignMode::Free, 6);
  const auto expected =
      blackbox_gradient(c.forward, c.frame.scores, c.g, {.convention = Convention::ScaleFree, .lambda = 0.5});
  const auto gradient = assignment_gradient(c.forward, c.frame.scores, c.g,
                                            {.estimator = Estimator::ImplicitMle,
                                             .blackbox = {.convention = Convention::ScaleFree, .lambda = 0.5},
                                             .noise = {.temperature = 0.0, .samples = 2}});
  for (std::size_t s = 0; s < expected.size(); ++s)
    EXPECT_NEAR(gradient[s], expected[s], 1e-6F * std::abs(expected[s]));
}

TEST(ImplicitMle, IsTheGradientOfTheMeanInterpolatedLossAndRepeatsItself) {
  const Case c(AssignMode::Forced, 7);
  EstimatorConfig config{.estimator = Estimator::ImplicitMle,
                         .blackbox = {.convention = Convention::ScaleFree, .lambda = 0.3},
                         .noise = {.temperature = 0.1, .samples = 3}};
  const auto gradient = assignment_gradient(c.forward, c.frame.scores, c.g, config, 5);
  EXPECT_EQ(gradient, assignment_gradient(c.forward, c.frame.scores, c.g, config, 5));
  EXPECT_NE(gradient, assignment_gradient(c.forward, c.frame.scores, c.g, config, 6));
  config.noise.threads = 3;
  EXPECT_EQ(gradient, assignment_gradient(c.forward, c.frame.scores, c.g, config, 5));
  // Descending along it lowers the loss that it is the gradient of: more true segments are assigned.
  std::vector<float> scores = c.frame.scores;
  const auto hamming = [&](const std::vector<float>& p) {
    const auto y = assign_layers(c.frame.segments(), p).assigned;
    double loss = 0.0;
    for (std::size_t s = 0; s < y.size(); ++s) loss += y[s] != c.frame.labels[s];
    return loss;
  };
  const double before = hamming(scores);
  for (int step = 0; step < 40; ++step) {
    const auto descent = assignment_gradient(assign_layers(c.frame.segments(), scores), scores, c.g, config,
                                             static_cast<std::uint64_t>(step));
    for (std::size_t s = 0; s < scores.size(); ++s)
      scores[s] =
          std::clamp(scores[s] - 0.05F * std::copysign(descent[s] != 0.0F ? 1.0F : 0.0F, descent[s]), 0.0F, 1.0F);
  }
  EXPECT_LT(hamming(scores), 0.5 * before);
}

class AssignmentLoss : public testing::TestWithParam<std::tuple<Estimator, AssignMode>> {};

TEST_P(AssignmentLoss, GradientEqualsTheFiniteDifferenceOfItsValue) {
  const auto [name, mode] = GetParam();
  const Case c(mode, 8);
  const EstimatorConfig config{.estimator = name, .noise = {.temperature = 0.1, .samples = 3}};
  const auto at_scores = assignment_loss(c.forward, c.frame.scores, c.frame.labels, config);
  EXPECT_GT(at_scores.value, 0.0);
  core::RandomStream random(9, 0);
  for (int i = 0; i < 10; ++i) {
    auto low = c.frame.scores, high = low;
    double expected = 0.0;
    for (std::size_t s = 0; s < low.size(); ++s) {
      const auto step = static_cast<float>(2e-6 * (random.uniform() - 0.5));
      low[s] -= step, high[s] += step;
      expected +=
          (static_cast<double>(high[s]) - static_cast<double>(low[s])) * static_cast<double>(at_scores.gradient[s]);
    }
    const double difference = assignment_loss(c.forward, high, c.frame.labels, config).value -
                              assignment_loss(c.forward, low, c.frame.labels, config).value;
    EXPECT_NE(expected, 0.0);
    EXPECT_NEAR(difference, expected, 1e-11);
  }
}

INSTANTIATE_TEST_SUITE_P(All, AssignmentLoss,
                         testing::Combine(testing::Values(Estimator::SpoPlus, Estimator::FenchelYoung),
                                          testing::Values(AssignMode::Forced, AssignMode::Free)));

TEST(SpoPlus, VanishesWhenTheTruthWinsByItsMargin) {
  auto frame = layered_scores(10, 8, 25, 5, Scores::Trained, 0.0);
  for (std::size_t s = 0; s < frame.scores.size(); ++s) frame.scores[s] = frame.labels[s];
  for (AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const auto loss = assignment_loss(assign_layers(frame.segments(), frame.scores, {.mode = mode}), frame.scores,
                                      frame.labels, {.estimator = Estimator::SpoPlus});
    EXPECT_NEAR(loss.value, 0.0, 1e-9) << core::name_of(mode);
    EXPECT_EQ(loss.gradient, std::vector<float>(frame.scores.size(), 0.0F)) << core::name_of(mode);
  }
}

TEST(CostOfAssignment, IsTheCostOfTheSolution) {
  for (AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const Case c(mode, 11);
    EXPECT_NEAR(cost_of_assignment(c.forward, costs_of(c.frame.scores), c.forward.assigned), c.forward.cost, 1e-10);
  }
}

TEST(Estimators, RefuseThoseOfTheOtherKind) {
  const Case c(AssignMode::Forced, 12);
  EXPECT_THROW(assignment_gradient(c.forward, c.frame.scores, c.g, {.estimator = Estimator::SpoPlus}),
               core::InputError);
  EXPECT_THROW(assignment_loss(c.forward, c.frame.scores, c.frame.labels, {.estimator = Estimator::Blackbox}),
               core::InputError);
}

}  // namespace
}  // namespace difftrack::assign
