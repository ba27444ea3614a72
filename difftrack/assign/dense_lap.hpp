// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/assign/problem.hpp"

namespace difftrack::assign {

/// A cost whose first part counts violations and outweighs any second part.
struct RankedCost {
  std::int64_t rank = 0;  ///< violations
  double value = 0.0;     ///< compared where ranks are equal
};

/// Rows matched to columns of a square matrix (row-major n × n) at minimum total cost: the Hungarian method, one
/// shortest augmenting path per row in O(n^2), O(n^3) in all (Kuhn 1955; in the form of Tomizawa 1971). Plain
/// reference without certificate for tests and benchmarks. Returns the column of each row.
std::vector<std::int32_t> solve_dense(const std::vector<RankedCost>& cost, std::int32_t n);

/// The forced problem through solve_dense: absent entries have rank 1. Duals and levels stay empty.
Solution solve_forced_densely(const Problem& problem);

/// The free problem through solve_dense on (rows + columns)^2: every row has its own place to be unassigned in, and
/// every column too. Duals stay empty.
Solution solve_free_densely(const Problem& problem, const LeavingCosts& leaving);

}  // namespace difftrack::assign
