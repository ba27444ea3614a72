// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "difftrack/assign/problem.hpp"
#include "difftrack/core/random.hpp"

/// Assignment problems with known answers, random ones, and what must be true of any of them.
namespace difftrack::problems {

inline constexpr double kForbidden = std::numeric_limits<double>::infinity();

/// Sparse problem from a dense row-major table in which kForbidden marks absent entries.
inline assign::Problem sparse_problem(std::int32_t n_rows, std::int32_t n_columns, const std::vector<double>& table) {
  assign::Problem problem{n_rows, n_columns, {0}, {}, {}};
  for (std::int32_t r = 0; r < n_rows; ++r) {
    for (std::int32_t c = 0; c < n_columns; ++c) {
      const double cost = table[static_cast<std::size_t>(r * n_columns + c)];
      if (cost == kForbidden) continue;
      problem.column.push_back(c);
      problem.cost.push_back(cost);
    }
    problem.row_begin.push_back(static_cast<std::int32_t>(problem.column.size()));
  }
  return problem;
}

inline std::vector<double> dense_table(const assign::Problem& p) {
  std::vector<double> table(static_cast<std::size_t>(p.n_rows) * static_cast<std::size_t>(p.n_columns), kForbidden);
  for (std::int32_t r = 0; r < p.n_rows; ++r)
    for (auto e = p.row_begin[static_cast<std::size_t>(r)]; e < p.row_begin[static_cast<std::size_t>(r) + 1]; ++e)
      table[static_cast<std::size_t>(r * p.n_columns + p.column[static_cast<std::size_t>(e)])] =
          p.cost[static_cast<std::size_t>(e)];
  return table;
}

/// Entries present with probability `density`, costs uniform in (0, scale) or, with `ties`, multiples of scale / 4.
inline assign::Problem random_problem(core::RandomStream& random, std::int32_t n_rows, std::int32_t n_columns,
                                      double density, double scale = 1.0, bool ties = false) {
  std::vector<double> table(static_cast<std::size_t>(n_rows) * static_cast<std::size_t>(n_columns), kForbidden);
  for (double& cost : table) {
    const double u = random.uniform();
    if (random.uniform() < density) cost = scale * (ties ? std::floor(u * 5.0) / 4.0 : u);
  }
  return sparse_problem(n_rows, n_columns, table);
}

struct BruteForce {
  std::int32_t cardinality = 0;
  double cost = 0.0;
};

/// All matchings by recursion. With `leaving` unset: the largest, then the cheapest; else the cheapest with leaving
/// costs.
inline BruteForce brute_force(const assign::Problem& p, const assign::LeavingCosts* leaving = nullptr) {
  BruteForce best{-1, 0.0};
  std::vector<bool> taken(static_cast<std::size_t>(p.n_columns), false);
  const auto visit = [&](const auto& self, std::int32_t row, std::int32_t size, double cost) -> void {
    if (row == p.n_rows) {
      if (leaving)
        for (std::size_t c = 0; c < taken.size(); ++c) cost += taken[c] ? 0.0 : leaving->column[c];
      const bool better =
          leaving ? cost < best.cost : size > best.cardinality || (size == best.cardinality && cost < best.cost);
      if (best.cardinality < 0 || better) best = {size, cost};
      return;
    }
    const auto r = static_cast<std::size_t>(row);
    self(self, row + 1, size, cost + (leaving ? leaving->row[r] : 0.0));
    for (auto e = p.row_begin[r]; e < p.row_begin[r + 1]; ++e) {
      const auto c = static_cast<std::size_t>(p.column[static_cast<std::size_t>(e)]);
      if (taken[c]) continue;
      taken[c] = true;
      self(self, row + 1, size + 1, cost + p.cost[static_cast<std::size_t>(e)]);
      taken[c] = false;
    }
  };
  visit(visit, 0, 0, 0.0);
  return best;
}

/// A permutation of 0 … n-1.
inline std::vector<std::int32_t> random_permutation(core::RandomStream& random, std::int32_t n) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  for (std::int32_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  for (std::int32_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[random.below(static_cast<std::uint32_t>(i + 1))]);
  return order;
}

/// Known answers, worked by hand.
struct KnownAssignment {
  std::string name;
  assign::Problem problem;
  std::int32_t cardinality;
  double cost;
  std::vector<std::int32_t> row_to_column;  ///< -1: unassigned; the optimum is unique
};

inline std::vector<KnownAssignment> known_assignments() {
  const double x = kForbidden;
  return {
      {"empty", sparse_problem(0, 0, {}), 0, 0.0, {}},
      {"no entry", sparse_problem(2, 3, {x, x, x, x, x, x}), 0, 0.0, {-1, -1}},
      {"greedy is wrong", sparse_problem(2, 2, {1, 2, 2, 4}), 2, 4.0, {1, 0}},
      {"cardinality before cost", sparse_problem(2, 2, {0, 100, 0, x}), 2, 100.0, {1, 0}},
      {"negative costs", sparse_problem(2, 2, {-5, -1, -4, -2}), 2, -7.0, {0, 1}},
      {"more rows than columns", sparse_problem(3, 1, {3, 2, 4}), 1, 2.0, {-1, 0, -1}},
      {"two rows compete, a third is apart", sparse_problem(3, 3, {5, x, x, 4, x, x, x, 1, 9}), 2, 5.0, {-1, 0, 1}},
      {"chain of displacements", sparse_problem(3, 4, {1, 2, x, x, x, 1, 2, x, 1, x, x, 9}), 3, 5.0, {1, 2, 0}},
      {"a costly column is the only way", sparse_problem(3, 3, {1, 1e6, x, 2, x, x, x, 3, 1}), 3, 1e6 + 3, {1, 0, 2}},
  };
}

}  // namespace difftrack::problems
