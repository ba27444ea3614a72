// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/perturbed_assignments.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "difftrack/assign/blackbox.hpp"
#include "difftrack/core/error.hpp"
#include "tests/problems/layers.hpp"

namespace difftrack::assign {
namespace {

using problems::layered_scores;
using problems::Scores;

struct Case {
  problems::LayeredScores frame;
  std::vector<double> costs;
  Assignment forward;

  explicit Case(AssignMode mode, std::uint64_t seed = 1)
      : frame(layered_scores(seed, 6, 15, 4, Scores::Random)),
        costs(costs_of(frame.scores)),
        forward(assign_layers(frame.segments(), frame.scores, {.mode = mode})) {}
};

TEST(PerturbedAssignments, NoiseIsGumbelOfUnitScaleTimesTheTemperature) {
  const PerturbedAssignments perturbed({.temperature = 0.5, .seed = 3});
  const std::vector<double> zeros(100000, 0.0);
  const auto noisy = perturbed.costs(zeros, 7, 2);
  double mean = 0.0, square = 0.0, below_zero = 0.0;
  for (const double cost : noisy) {
    const double e = -cost / 0.5;
    mean += e / 1e5, square += e * e / 1e5, below_zero += (e < 0.0) / 1e5;
  }
  EXPECT_NEAR(mean, 0.5772, 0.02);  // Euler's constant
  EXPECT_NEAR(square - mean * mean, std::numbers::pi * std::numbers::pi / 6, 0.05);
  EXPECT_NEAR(below_zero, std::exp(-1.0), 0.01);
}

TEST(PerturbedAssignments, NoiseIsAFunctionOfSeedStreamSampleAndPlaceAlone) {
  const std::vector<double> zeros(50, 0.0), ones(80, 1.0);
  const PerturbedAssignments perturbed({.seed = 3}), other({.seed = 4});
  const auto noise = perturbed.costs(zeros, 7, 2);
  EXPECT_EQ(noise, perturbed.costs(zeros, 7, 2));
  EXPECT_NE(noise, perturbed.costs(zeros, 7, 3));
  EXPECT_NE(noise, perturbed.costs(zeros, 8, 2));
  EXPECT_NE(noise, other.costs(zeros, 7, 2));
  const auto longer = perturbed.costs(ones, 7, 2);
  for (std::size_t s = 0; s < zeros.size(); ++s) EXPECT_NEAR(longer[s] - 1.0, noise[s], 1e-15);
}

TEST(PerturbedAssignments, AHitChoosesItsCandidatesWithGibbsProbabilities) {
  // One deep hit, three shallow ones: the forced assignment takes exactly one.
  const std::vector<std::int32_t> deep{0, 0, 0}, shallow{1, 2, 3}, pair_begin{0, 3};
  const std::vector<double> costs{0.1, 0.2, 0.5};
  const Assignment forward = assign_costs({deep, shallow, pair_begin, 4}, costs);
  const double temperature = 0.2;
  const auto mean = PerturbedAssignments({.temperature = temperature, .samples = 1000}).mean(forward, costs, 1);
  double sum = 0.0;
  for (const double cost : costs) sum += std::exp(-cost / temperature);
  for (std::size_t s = 0; s < 3; ++s)
    EXPECT_NEAR(mean.assigned[s], std::exp(-costs[s] / temperature) / sum, 3 * 0.5 / std::sqrt(1000.0));
  EXPECT_NEAR(std::accumulate(mean.assigned.begin(), mean.assigned.end(), 0.0), 1.0, 1e-12);
  // Mean of the least of Gumbel-perturbed costs: -T (ln Σ exp(-C / T) + Euler's constant).
  EXPECT_NEAR(mean.cost, -temperature * (std::log(sum) + 0.5772), 0.03);
}

TEST(PerturbedAssignments, WithoutNoiseEverySampleIsTheBestAssignment) {
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const Case c(mode);
    const PerturbedAssignments perturbed({.temperature = 0.0, .samples = 3});
    const auto sample = perturbed(c.forward, c.costs, 1, 2);
    EXPECT_EQ(sample.assigned, c.forward.assigned) << core::name_of(mode);
    EXPECT_NEAR(sample.cost, c.forward.cost, 1e-10) << core::name_of(mode);
    const auto mean = perturbed.mean(c.forward, c.costs, 1);
    for (std::size_t s = 0; s < mean.assigned.size(); ++s) EXPECT_EQ(mean.assigned[s], c.forward.assigned[s]);
  }
}

TEST(PerturbedAssignments, MeanIsThatOfTheSamplesForAnyNumberOfThreads) {
  const Case c(AssignMode::Free, 2);
  const PerturbedAssignments one({.temperature = 0.2, .samples = 5}),
      three({.temperature = 0.2, .samples = 5, .threads = 3});
  const auto mean = one.mean(c.forward, c.costs, 9);
  std::vector<double> count(c.costs.size(), 0.0);
  double cost = 0.0;
  for (std::int32_t i = 0; i < 5; ++i) {
    const auto sample = three(c.forward, c.costs, 9, i);
    for (std::size_t s = 0; s < count.size(); ++s) count[s] += sample.assigned[s];
    cost += sample.cost / 5;
  }
  for (double& n : count) n /= 5;
  EXPECT_EQ(mean.assigned, count);
  EXPECT_EQ(mean.cost, cost);
  EXPECT_EQ(three.mean(c.forward, c.costs, 9).assigned, count);
}

TEST(PerturbedAssignments, MeanAssignmentIsTheGradientOfTheMeanCost) {
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
    const Case c(mode, 3);
    const PerturbedAssignments perturbed({.temperature = 0.1, .samples = 4});
    const auto mean = perturbed.mean(c.forward, c.costs, 1);
    auto low = c.costs, high = c.costs;
    double expected = 0.0;
    for (std::size_t s = 0; s < low.size(); ++s) {
      const double step = 1e-6 * std::cos(static_cast<double>(s));
      low[s] -= step, high[s] += step, expected += 2 * step * mean.assigned[s];
    }
    const double difference = perturbed.mean(c.forward, high, 1).cost - perturbed.mean(c.forward, low, 1).cost;
    EXPECT_NEAR(difference, expected, 1e-10) << core::name_of(mode);
  }
}

TEST(PerturbedAssignments, BadInput) {
  EXPECT_THROW(PerturbedAssignments({.temperature = -1.0}), core::InputError);
  EXPECT_THROW(PerturbedAssignments({.samples = 0}), core::InputError);
  const Case c(AssignMode::Forced);
  EXPECT_THROW(PerturbedAssignments()(c.forward, std::vector<double>(3, 0.0), 1, 0), core::InputError);
}

}  // namespace
}  // namespace difftrack::assign
