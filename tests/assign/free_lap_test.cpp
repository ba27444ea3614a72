// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/free_lap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "difftrack/assign/certificate.hpp"
#include "difftrack/assign/dense_lap.hpp"
#include "difftrack/core/error.hpp"
#include "tests/problems/assignment.hpp"

namespace difftrack::assign {
namespace {

LeavingCosts random_leaving(core::RandomStream& random, const Problem& problem, double scale) {
  LeavingCosts leaving = LeavingCosts::uniform(problem, 0.0);
  for (double& a : leaving.row) a = scale * (random.uniform() - 0.2);
  for (double& b : leaving.column) b = scale * (random.uniform() - 0.2);
  return leaving;
}

TEST(FreeLap, EqualsBruteForceUpToSevenBySeven) {
  core::RandomStream random(11, 0);
  for (int i = 0; i < 3000; ++i) {
    const auto rows = static_cast<std::int32_t>(random.below(8)), columns = static_cast<std::int32_t>(random.below(8));
    const Problem problem = problems::random_problem(random, rows, columns, random.uniform(), 1.0, i % 2 == 0);
    const LeavingCosts leaving =
        i % 3 == 0 ? LeavingCosts::uniform(problem, 0.25) : random_leaving(random, problem, 1.0);
    const Solution solution = FreeLap{}(problem, leaving);
    ASSERT_NEAR(solution.cost, problems::brute_force(problem, &leaving).cost, 1e-12) << i;
    ASSERT_NEAR(solve_free_densely(problem, leaving).cost, solution.cost, 1e-12) << i;
    const auto report = check_certificate(problem, leaving, solution, 1e-14);
    ASSERT_TRUE(report.valid) << i << ": " << report.fault << ", worst " << report.worst;
  }
}

TEST(FreeLap, LeavesAHitUnassignedWhenThatIsCheaper) {
  const Problem problem = problems::sparse_problem(2, 2, {0.1, 0.9, 0.2, 0.95});
  const Solution cheap = FreeLap{}(problem, LeavingCosts::uniform(problem, 0.3));
  EXPECT_EQ(cheap.row_to_entry, (std::vector<std::int32_t>{0, -1}));
  EXPECT_DOUBLE_EQ(cheap.cost, 0.1 + 0.3 + 0.3);
  const Solution dear = FreeLap{}(problem, LeavingCosts::uniform(problem, 10.0));
  EXPECT_EQ(dear.cardinality, 2);
  EXPECT_DOUBLE_EQ(dear.cost, 0.1 + 0.95);
}

TEST(FreeLap, WithHugeLeavingCostsIsTheForcedProblem) {
  core::RandomStream random(12, 0);
  for (int i = 0; i < 300; ++i) {
    const Problem problem = problems::random_problem(random, 12, 10, 0.25);
    EXPECT_EQ(FreeLap{}(problem, LeavingCosts::uniform(problem, 1e3)).chosen, SparseLap{}(problem).chosen);
  }
}

TEST(FreeLap, ScaleOfTheCostsLeavesTheAnswer) {
  core::RandomStream random(13, 0);
  for (int i = 0; i < 100; ++i) {
    const Problem problem = problems::random_problem(random, 12, 14, 0.3);
    const Solution solution = FreeLap{}(problem, LeavingCosts::uniform(problem, 0.2));
    for (const double scale : {1e-12, 1e12}) {
      Problem scaled = problem;
      for (double& cost : scaled.cost) cost *= scale;
      const auto leaving = LeavingCosts::uniform(scaled, 0.2 * scale);
      const Solution other = FreeLap{}(scaled, leaving);
      ASSERT_EQ(other.chosen, solution.chosen) << "scale " << scale;
      ASSERT_TRUE(check_certificate(scaled, leaving, other).valid);
    }
  }
}

TEST(FreeLap, WarmStartFindsTheOptimumOfTheNewCosts) {
  core::RandomStream random(14, 0);
  Workspace workspace;
  for (int i = 0; i < 1500; ++i) {
    const auto rows = static_cast<std::int32_t>(1 + random.below(20)),
               columns = static_cast<std::int32_t>(1 + random.below(20));
    Problem problem = problems::random_problem(random, rows, columns, 0.05 + 0.5 * random.uniform(), 1.0, i % 3 == 0);
    const LeavingCosts leaving = random_leaving(random, problem, 0.8);
    const Solution before = FreeLap{}(problem, leaving);
    const double size = std::pow(10.0, -4.0 + 5.0 * random.uniform());
    for (double& cost : problem.cost)
      if (random.uniform() < 0.5) cost += size * (random.uniform() - 0.5);
    const Solution warm = FreeLap{}.resolve(problem, problem.cost, leaving, before, workspace);
    ASSERT_NEAR(warm.cost, FreeLap{}(problem, leaving).cost, 1e-12 * (1 + size)) << i;
    const auto report = check_certificate(problem, leaving, warm, 1e-13);
    ASSERT_TRUE(report.valid) << i << ": " << report.fault;
  }
}

TEST(FreeLap, CertificateRefusesTheOptimumOfOtherLeavingCosts) {
  const Problem problem = problems::sparse_problem(2, 2, {0.1, 0.9, 0.2, 0.95});
  const Solution solution = FreeLap{}(problem, LeavingCosts::uniform(problem, 10.0));
  EXPECT_TRUE(check_certificate(problem, LeavingCosts::uniform(problem, 10.0), solution).valid);
  EXPECT_FALSE(check_certificate(problem, LeavingCosts::uniform(problem, 0.3), solution).valid);
}

TEST(FreeLap, RefusesInfiniteLeavingCosts) {
  const Problem problem = problems::sparse_problem(1, 1, {0.0});
  EXPECT_THROW(FreeLap{}(problem, {{std::numeric_limits<double>::infinity()}, {0.0}}), core::InputError);
  EXPECT_THROW(FreeLap{}(problem, {{}, {0.0}}), core::InputError);
}

}  // namespace
}  // namespace difftrack::assign
