// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/sparse_lap.hpp"

#include <limits>

#include "difftrack/assign/max_cardinality.hpp"

namespace difftrack::assign {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void solve(const Problem& structure, std::span<const double> cost, bool warm, Solution& solution, Workspace& scratch) {
  const auto n_rows = static_cast<std::size_t>(structure.n_rows);
  const auto n_columns = static_cast<std::size_t>(structure.n_columns);
  bool crossing = false;
  scratch.leaving_row.resize(n_rows);
  scratch.leaving_column.resize(n_columns);
  for (std::size_t r = 0; r < n_rows; ++r) {
    scratch.leaving_row[r] = solution.row_level[r] == 0 ? kInfinity : 0.0;
  }
  for (std::size_t c = 0; c < n_columns; ++c) {
    crossing = crossing || solution.column_level[c] < 0;
    scratch.leaving_column[c] = solution.column_level[c] < 0 ? kInfinity : 0.0;
  }
  if (crossing) {  // entries between level 0 and level -1 are in no maximum matching
    scratch.cost.assign(cost.begin(), cost.end());
    for (std::size_t r = 0; r < n_rows; ++r)
      if (solution.row_level[r] == 0)
        for (auto e = structure.row_begin[r]; e < structure.row_begin[r + 1]; ++e)
          if (const auto k = static_cast<std::size_t>(e);
              solution.column_level[static_cast<std::size_t>(structure.column[k])] < 0)
            scratch.cost[k] = kInfinity;
    cost = scratch.cost;
  }
  scratch.paths({structure, cost, scratch.leaving_row, scratch.leaving_column}, warm, solution);

  solution.status = structure.n_entries() == 0 ? Status::Empty : Status::Optimal;
  solution.chosen.assign(structure.n_entries(), 0);
  solution.cardinality = 0;
  solution.cost = 0.0;
  for (const auto e : solution.row_to_entry)
    if (e >= 0) {
      solution.chosen[static_cast<std::size_t>(e)] = 1;
      solution.cost += cost[static_cast<std::size_t>(e)];
      ++solution.cardinality;
    }
}

}  // namespace

Solution SparseLap::operator()(const Problem& problem) const {
  check_problem(problem);
  Workspace workspace;
  return (*this)(problem, workspace);
}

Solution SparseLap::operator()(const Problem& problem, Workspace& workspace) const {
  Solution solution;
  Cardinality cardinality = max_cardinality(problem);
  solution.row_level = std::move(cardinality.row_level);
  solution.column_level = std::move(cardinality.column_level);
  solve(problem, problem.cost, false, solution, workspace);
  return solution;
}

Solution SparseLap::resolve(const Problem& structure, std::span<const double> cost, const Solution& previous,
                            Workspace& workspace) const {
  Solution solution;
  solution.row_level = previous.row_level;
  solution.column_level = previous.column_level;
  solution.row_to_entry = previous.row_to_entry;
  solution.column_dual = previous.column_dual;
  solve(structure, cost, true, solution, workspace);
  return solution;
}

}  // namespace difftrack::assign
