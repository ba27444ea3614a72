// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/problem.hpp"

#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::assign {
namespace {

[[noreturn]] void fail(const std::string& field, const std::string& value, const std::string& problem) {
  throw core::InputError({"", field, value}, problem);
}

void check_finite(const std::vector<double>& values, std::size_t expected, const std::string& name) {
  if (values.size() != expected)
    fail(name, std::to_string(values.size()), "the assignment problem needs " + std::to_string(expected) + " values");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      fail(name + "[" + std::to_string(i) + "]", std::to_string(values[i]), "costs must be finite");
}

}  // namespace

void check_problem(const Problem& problem) {
  if (problem.n_rows < 0) fail("n_rows", std::to_string(problem.n_rows), "must not be negative");
  if (problem.n_columns < 0) fail("n_columns", std::to_string(problem.n_columns), "must not be negative");
  const auto n_rows = static_cast<std::size_t>(problem.n_rows);
  if (problem.row_begin.size() != n_rows + 1)
    fail("row_begin", std::to_string(problem.row_begin.size()), "needs one entry per row and one more");
  if (problem.row_begin.front() != 0 || static_cast<std::size_t>(problem.row_begin.back()) != problem.n_entries())
    fail("row_begin", std::to_string(problem.row_begin.back()), "must start at 0 and end at the number of entries");
  for (std::size_t row = 0; row < n_rows; ++row) {
    if (problem.row_begin[row] > problem.row_begin[row + 1])
      fail("row_begin[" + std::to_string(row) + "]", std::to_string(problem.row_begin[row]), "must not descend");
    std::int32_t previous = -1;
    for (auto k = problem.row_begin[row]; k < problem.row_begin[row + 1]; ++k) {
      const std::int32_t column = problem.column[static_cast<std::size_t>(k)];
      if (column <= previous || column >= problem.n_columns)
        fail("column[" + std::to_string(k) + "]", std::to_string(column),
             "columns of a row must ascend and lie in [0, n_columns)");
      previous = column;
    }
  }
  check_finite(problem.cost, problem.n_entries(), "cost");
}

void check_leaving_costs(const Problem& problem, const LeavingCosts& leaving) {
  check_finite(leaving.row, static_cast<std::size_t>(problem.n_rows), "leaving.row");
  check_finite(leaving.column, static_cast<std::size_t>(problem.n_columns), "leaving.column");
}

}  // namespace difftrack::assign
