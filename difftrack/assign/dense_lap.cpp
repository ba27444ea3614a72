// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/dense_lap.hpp"

#include <algorithm>
#include <limits>

namespace difftrack::assign {
namespace {

RankedCost operator+(RankedCost a, RankedCost b) { return {a.rank + b.rank, a.value + b.value}; }
RankedCost operator-(RankedCost a, RankedCost b) { return {a.rank - b.rank, a.value - b.value}; }
bool operator<(RankedCost a, RankedCost b) { return a.rank != b.rank ? a.rank < b.rank : a.value < b.value; }

constexpr RankedCost kNotReached{std::numeric_limits<std::int64_t>::max() / 4, 0.0};
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

Solution from_columns(const Problem& problem, const std::vector<std::int32_t>& column_of_row) {
  Solution solution;
  solution.status = problem.n_entries() == 0 ? Status::Empty : Status::Optimal;
  solution.chosen.assign(problem.n_entries(), 0);
  solution.row_to_entry.assign(at(problem.n_rows), -1);
  solution.column_to_row.assign(at(problem.n_columns), -1);
  for (std::int32_t row = 0; row < problem.n_rows; ++row)
    for (auto e = problem.row_begin[at(row)]; e < problem.row_begin[at(row) + 1]; ++e) {
      if (problem.column[at(e)] != column_of_row[at(row)]) continue;
      solution.chosen[at(e)] = 1;
      solution.row_to_entry[at(row)] = e;
      solution.column_to_row[at(problem.column[at(e)])] = row;
      solution.cost += problem.cost[at(e)];
      ++solution.cardinality;
    }
  return solution;
}

}  // namespace

std::vector<std::int32_t> solve_dense(const std::vector<RankedCost>& cost, std::int32_t n) {
  std::vector<RankedCost> u(at(n)), v(at(n)), distance(at(n));
  std::vector<std::int32_t> row_of_column(at(n), -1), column_of_row(at(n), -1), reached_from(at(n));
  std::vector<bool> done(at(n));
  for (std::int32_t first = 0; first < n; ++first) {
    std::fill(distance.begin(), distance.end(), kNotReached);
    std::fill(done.begin(), done.end(), false);
    std::int32_t row = first, end = -1;
    RankedCost base;
    while (end < 0) {
      std::int32_t nearest = -1;
      for (std::int32_t column = 0; column < n; ++column) {
        if (done[at(column)]) continue;
        const RankedCost reached = base + cost[at(row) * at(n) + at(column)] - u[at(row)] - v[at(column)];
        if (reached < distance[at(column)]) {
          distance[at(column)] = reached;
          reached_from[at(column)] = row;
        }
        if (nearest < 0 || distance[at(column)] < distance[at(nearest)]) nearest = column;
      }
      done[at(nearest)] = true;
      base = distance[at(nearest)];
      row = row_of_column[at(nearest)];
      if (row < 0) end = nearest;
    }
    for (std::int32_t column = 0; column < n; ++column) {
      if (!done[at(column)]) continue;
      if (row_of_column[at(column)] >= 0)
        u[at(row_of_column[at(column)])] = u[at(row_of_column[at(column)])] + base - distance[at(column)];
      v[at(column)] = v[at(column)] - (base - distance[at(column)]);
    }
    u[at(first)] = u[at(first)] + base;
    while (end >= 0) {
      row = reached_from[at(end)];
      row_of_column[at(end)] = row;
      std::swap(end, column_of_row[at(row)]);
      if (row == first) break;
    }
  }
  return column_of_row;
}

Solution solve_forced_densely(const Problem& problem) {
  const std::int32_t n = std::max(problem.n_rows, problem.n_columns);
  std::vector<RankedCost> cost(at(n) * at(n), {1, 0.0});
  for (std::int32_t row = 0; row < problem.n_rows; ++row)
    for (auto e = problem.row_begin[at(row)]; e < problem.row_begin[at(row) + 1]; ++e)
      cost[at(row) * at(n) + at(problem.column[at(e)])] = {0, problem.cost[at(e)]};
  return from_columns(problem, solve_dense(cost, n));
}

Solution solve_free_densely(const Problem& problem, const LeavingCosts& leaving) {
  const std::int32_t n = problem.n_rows + problem.n_columns;
  std::vector<RankedCost> cost(at(n) * at(n), {1, 0.0});
  const auto entry = [&](std::int32_t row, std::int32_t column) -> RankedCost& {
    return cost[at(row) * at(n) + at(column)];
  };
  for (std::int32_t row = 0; row < problem.n_rows; ++row) {
    for (auto e = problem.row_begin[at(row)]; e < problem.row_begin[at(row) + 1]; ++e)
      entry(row, problem.column[at(e)]) = {0, problem.cost[at(e)]};
    entry(row, problem.n_columns + row) = {0, leaving.row[at(row)]};
  }
  for (std::int32_t column = 0; column < problem.n_columns; ++column) {
    entry(problem.n_rows + column, column) = {0, leaving.column[at(column)]};
    for (std::int32_t row = 0; row < problem.n_rows; ++row)
      entry(problem.n_rows + column, problem.n_columns + row) = {};
  }
  Solution solution = from_columns(problem, solve_dense(cost, n));
  for (std::int32_t row = 0; row < problem.n_rows; ++row)
    if (solution.row_to_entry[at(row)] < 0) solution.cost += leaving.row[at(row)];
  for (std::int32_t column = 0; column < problem.n_columns; ++column)
    if (solution.column_to_row[at(column)] < 0) solution.cost += leaving.column[at(column)];
  return solution;
}

}  // namespace difftrack::assign
