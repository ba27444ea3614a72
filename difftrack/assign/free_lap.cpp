// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/free_lap.hpp"

namespace difftrack::assign {
namespace {

void solve(const Problem& structure, std::span<const double> cost, const LeavingCosts& leaving, bool warm,
           Solution& solution, Workspace& scratch) {
  scratch.paths({structure, cost, leaving.row, leaving.column}, warm, solution);
  solution.status = structure.n_entries() == 0 ? Status::Empty : Status::Optimal;
  solution.chosen.assign(structure.n_entries(), 0);
  solution.cardinality = 0;
  solution.cost = 0.0;
  for (std::size_t r = 0; r < leaving.row.size(); ++r) {
    const std::int32_t e = solution.row_to_entry[r];
    solution.cost += e >= 0 ? cost[static_cast<std::size_t>(e)] : leaving.row[r];
    if (e < 0) continue;
    solution.chosen[static_cast<std::size_t>(e)] = 1;
    ++solution.cardinality;
  }
  for (std::size_t c = 0; c < leaving.column.size(); ++c)
    if (solution.column_to_row[c] < 0) solution.cost += leaving.column[c];
}

}  // namespace

Solution FreeLap::operator()(const Problem& problem, const LeavingCosts& leaving) const {
  check_problem(problem);
  check_leaving_costs(problem, leaving);
  Workspace workspace;
  return (*this)(problem, leaving, workspace);
}

Solution FreeLap::operator()(const Problem& problem, const LeavingCosts& leaving, Workspace& workspace) const {
  Solution solution;
  solve(problem, problem.cost, leaving, false, solution, workspace);
  return solution;
}

Solution FreeLap::resolve(const Problem& structure, std::span<const double> cost, const LeavingCosts& leaving,
                          const Solution& previous, Workspace& workspace) const {
  Solution solution;
  solution.row_to_entry = previous.row_to_entry;
  solution.column_dual = previous.column_dual;
  solve(structure, cost, leaving, true, solution, workspace);
  return solution;
}

}  // namespace difftrack::assign
