// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/sparse_lap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/assign/certificate.hpp"
#include "difftrack/assign/dense_lap.hpp"
#include "difftrack/assign/max_cardinality.hpp"
#include "difftrack/core/error.hpp"
#include "tests/problems/assignment.hpp"

namespace difftrack::assign {
namespace {

using problems::random_problem;

std::vector<std::int32_t> columns_of(const Problem& problem, const Solution& solution) {
  std::vector<std::int32_t> columns;
  for (const auto e : solution.row_to_entry)
    columns.push_back(e < 0 ? -1 : problem.column[static_cast<std::size_t>(e)]);
  return columns;
}

TEST(SparseLap, SolvesKnownProblems) {
  for (const auto& known : problems::known_assignments()) {
    SCOPED_TRACE(known.name);
    const Solution solution = SparseLap{}(known.problem);
    EXPECT_EQ(solution.cardinality, known.cardinality);
    EXPECT_DOUBLE_EQ(solution.cost, known.cost);
    EXPECT_EQ(columns_of(known.problem, solution), known.row_to_column);
    EXPECT_EQ(solution.status, known.problem.n_entries() == 0 ? Status::Empty : Status::Optimal);
    const auto report = check_certificate(known.problem, solution);
    EXPECT_TRUE(report.valid) << report.fault;
    EXPECT_EQ(columns_of(known.problem, solve_forced_densely(known.problem)), known.row_to_column);
  }
}

TEST(SparseLap, EqualsBruteForceUpToSevenBySeven) {
  core::RandomStream random(1, 0);
  for (int i = 0; i < 3000; ++i) {
    const auto rows = static_cast<std::int32_t>(random.below(8)), columns = static_cast<std::int32_t>(random.below(8));
    const Problem problem = random_problem(random, rows, columns, random.uniform(), 1.0, i % 2 == 0);
    const Solution solution = SparseLap{}(problem);
    const auto expected = problems::brute_force(problem);
    ASSERT_EQ(solution.cardinality, expected.cardinality) << i;
    ASSERT_NEAR(solution.cost, expected.cost, 1e-12) << i;
    const auto report = check_certificate(problem, solution, 1e-14);
    ASSERT_TRUE(report.valid) << i << ": " << report.fault << ", worst " << report.worst;
    const Solution dense = solve_forced_densely(problem);
    ASSERT_EQ(dense.cardinality, expected.cardinality) << i;
    ASSERT_NEAR(dense.cost, expected.cost, 1e-12) << i;
  }
}

TEST(SparseLap, EqualsTheDenseReferenceOnLargerProblems) {
  core::RandomStream random(2, 0);
  Workspace workspace;
  for (int i = 0; i < 60; ++i) {
    const auto rows = static_cast<std::int32_t>(20 + random.below(60));
    const auto columns = static_cast<std::int32_t>(20 + random.below(60));
    const Problem problem = random_problem(random, rows, columns, 0.02 + 0.2 * random.uniform(), 1.0, i % 3 == 0);
    const Solution solution = SparseLap{}(problem, workspace);
    const Solution dense = solve_forced_densely(problem);
    ASSERT_EQ(solution.cardinality, dense.cardinality) << i;
    ASSERT_NEAR(solution.cost, dense.cost, 1e-11) << i;
    const auto report = check_certificate(problem, solution, 1e-13);
    ASSERT_TRUE(report.valid) << i << ": " << report.fault;
  }
}

TEST(SparseLap, ScaleOfTheCostsLeavesTheAnswer) {
  core::RandomStream random(3, 0);
  for (int i = 0; i < 200; ++i) {
    const Problem problem = random_problem(random, 12, 14, 0.3);
    const Solution solution = SparseLap{}(problem);
    for (const double scale : {0x1p-400, 1e-12, 1e-9, 1e-3, 1e12, 0x1p400}) {
      Problem scaled = problem;
      for (double& cost : scaled.cost) cost *= scale;
      const Solution other = SparseLap{}(scaled);
      ASSERT_EQ(other.chosen, solution.chosen) << "scale " << scale;
      ASSERT_TRUE(check_certificate(scaled, other).valid) << "scale " << scale;
    }
  }
}

TEST(SparseLap, PermutingRowsAndColumnsPermutesTheAnswer) {
  core::RandomStream random(4, 0);
  for (int i = 0; i < 200; ++i) {
    const std::int32_t rows = 10, columns = 9;
    const auto table = problems::dense_table(random_problem(random, rows, columns, 0.35));
    const auto row_order = problems::random_permutation(random, rows);
    const auto column_order = problems::random_permutation(random, columns);
    std::vector<double> permuted(table.size());
    for (std::int32_t r = 0; r < rows; ++r)
      for (std::int32_t c = 0; c < columns; ++c)
        permuted[static_cast<std::size_t>(row_order[static_cast<std::size_t>(r)] * columns +
                                          column_order[static_cast<std::size_t>(c)])] =
            table[static_cast<std::size_t>(r * columns + c)];
    const Problem problem = problems::sparse_problem(rows, columns, table);
    const Problem other = problems::sparse_problem(rows, columns, permuted);
    const auto answer = columns_of(problem, SparseLap{}(problem)), answer_other = columns_of(other, SparseLap{}(other));
    for (std::size_t r = 0; r < answer.size(); ++r) {
      const std::int32_t expected = answer[r] < 0 ? -1 : column_order[static_cast<std::size_t>(answer[r])];
      ASSERT_EQ(answer_other[static_cast<std::size_t>(row_order[r])], expected);
    }
  }
}

TEST(SparseLap, TransposedProblemHasTheTransposedAnswer) {
  core::RandomStream random(5, 0);
  for (int i = 0; i < 200; ++i) {
    const auto rows = static_cast<std::int32_t>(1 + random.below(12)),
               columns = static_cast<std::int32_t>(1 + random.below(12));
    const Problem problem = random_problem(random, rows, columns, 0.4);
    const auto table = problems::dense_table(problem);
    std::vector<double> transposed(table.size());
    for (std::int32_t r = 0; r < rows; ++r)
      for (std::int32_t c = 0; c < columns; ++c)
        transposed[static_cast<std::size_t>(c * rows + r)] = table[static_cast<std::size_t>(r * columns + c)];
    const Problem other = problems::sparse_problem(columns, rows, transposed);
    ASSERT_EQ(columns_of(other, SparseLap{}(other)), SparseLap{}(problem).column_to_row);
  }
}

TEST(SparseLap, WarmStartFindsTheOptimumOfTheNewCosts) {
  core::RandomStream random(6, 0);
  Workspace workspace;
  for (int i = 0; i < 1500; ++i) {
    const auto rows = static_cast<std::int32_t>(1 + random.below(20)),
               columns = static_cast<std::int32_t>(1 + random.below(20));
    Problem problem = random_problem(random, rows, columns, 0.05 + 0.5 * random.uniform(), 1.0, i % 3 == 0);
    const Solution before = SparseLap{}(problem);
    const double size = std::pow(10.0, -4.0 + 5.0 * random.uniform());
    for (double& cost : problem.cost)
      if (random.uniform() < 0.5) cost += size * (random.uniform() - 0.5);
    const Solution warm = SparseLap{}.resolve(problem, problem.cost, before, workspace);
    const Solution cold = SparseLap{}(problem);
    ASSERT_EQ(warm.cardinality, cold.cardinality) << i;
    ASSERT_NEAR(warm.cost, cold.cost, 1e-12 * (1 + size)) << i;
    const auto report = check_certificate(problem, warm, 1e-13);
    ASSERT_TRUE(report.valid) << i << ": " << report.fault;
  }
}

TEST(SparseLap, WarmStartWithTheSameCostsKeepsTheMatching) {
  core::RandomStream random(7, 0);
  Workspace workspace;
  for (int i = 0; i < 300; ++i) {
    const Problem problem = random_problem(random, 15, 13, 0.4, 1.0, true);
    const Solution before = SparseLap{}(problem);
    EXPECT_EQ(SparseLap{}.resolve(problem, problem.cost, before, workspace).chosen, before.chosen);
  }
}

TEST(SparseLap, ReusedMemoryChangesNothing) {
  core::RandomStream random(8, 0);
  Workspace workspace;
  for (int i = 0; i < 100; ++i) {
    const auto rows = static_cast<std::int32_t>(random.below(30)),
               columns = static_cast<std::int32_t>(random.below(30));
    const Problem problem = random_problem(random, rows, columns, 0.3);
    const Solution fresh = SparseLap{}(problem), reused = SparseLap{}(problem, workspace);
    ASSERT_EQ(fresh.chosen, reused.chosen);
    ASSERT_EQ(fresh.row_dual, reused.row_dual);
    ASSERT_EQ(fresh.column_dual, reused.column_dual);
  }
}

TEST(SparseLap, RefusesMalformedProblems) {
  const auto with = [](auto change) {
    Problem problem = problems::sparse_problem(2, 2, {1, 2, 3, 4});
    change(problem);
    return problem;
  };
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (const Problem& bad : {with([&](Problem& p) { p.cost[1] = nan; }), with([](Problem& p) { p.cost.pop_back(); }),
                             with([](Problem& p) { p.column[1] = 0; }), with([](Problem& p) { p.column[3] = 2; }),
                             with([](Problem& p) { p.row_begin[1] = 5; }), with([](Problem& p) { p.n_rows = -1; }),
                             with([](Problem& p) { p.row_begin.pop_back(); })})
    EXPECT_THROW(SparseLap{}(bad), core::InputError);
}

TEST(CheckCertificate, RefusesWrongSolutions) {
  const Problem problem =
      problems::sparse_problem(3, 3, {1, 5, problems::kForbidden, 2, 1, 7, 6, problems::kForbidden, 3});
  const Solution right = SparseLap{}(problem);
  ASSERT_TRUE(check_certificate(problem, right).valid);
  const auto is_refused = [&](auto change) {
    Solution wrong = right;
    change(wrong);
    return !check_certificate(problem, wrong).valid;
  };
  EXPECT_TRUE(is_refused([](Solution& s) { s.chosen[0] = 0; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.row_dual[0] += 1e-3; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.column_dual[1] -= 1e-3; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.cost += 1e-3; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.cardinality -= 1; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.row_level[0] = 1; }));
  EXPECT_TRUE(is_refused([](Solution& s) { s.row_level.clear(); }));
  EXPECT_TRUE(is_refused([&](Solution& s) {  // a maximum matching that is not the cheapest, with duals of the cheapest
    s = solve_forced_densely(
        problems::sparse_problem(3, 3, {9, 0, problems::kForbidden, 0, 9, 9, 9, problems::kForbidden, 0}));
    s.row_dual = right.row_dual;
    s.column_dual = right.column_dual;
    s.row_level = right.row_level;
    s.column_level = right.column_level;
    s.cost = 5 + 2 + 3;
  }));
}

TEST(MaxCardinality, LevelsCoverEveryEntryOfAMatchingOfTheirNumber) {
  core::RandomStream random(9, 0);
  for (int i = 0; i < 500; ++i) {
    const auto rows = static_cast<std::int32_t>(random.below(40)),
               columns = static_cast<std::int32_t>(random.below(40));
    const Problem problem = random_problem(random, rows, columns, 0.1 * random.uniform());
    const Cardinality cardinality = max_cardinality(problem);
    std::int32_t cover = 0;
    for (const auto k : cardinality.row_level) cover += k == 0;
    for (const auto k : cardinality.column_level) cover += k == -1;
    ASSERT_EQ(cover, cardinality.size);
    for (std::size_t r = 0; r < cardinality.row_level.size(); ++r)
      for (auto e = problem.row_begin[r]; e < problem.row_begin[r + 1]; ++e)
        ASSERT_LE(cardinality.row_level[r] +
                      cardinality.column_level[static_cast<std::size_t>(problem.column[static_cast<std::size_t>(e)])],
                  0);
  }
}

}  // namespace
}  // namespace difftrack::assign
