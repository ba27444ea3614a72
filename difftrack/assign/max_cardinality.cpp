// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/max_cardinality.hpp"

#include <cstddef>

namespace difftrack::assign {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

struct Search {
  const Problem& problem;
  std::vector<std::int32_t> row_mate, column_mate;  // column of a row, row of a column, or -1
  std::vector<std::int32_t> reached_from;           // row that reached a column in this search
  std::vector<std::int32_t> seen;                   // search that last reached a column
  std::vector<std::int32_t> rows, columns;          // tree of this search

  explicit Search(const Problem& p)
      : problem(p),
        row_mate(at(p.n_rows), -1),
        column_mate(at(p.n_columns), -1),
        reached_from(at(p.n_columns), -1),
        seen(at(p.n_columns), -1) {}

  void match_greedily() {
    for (std::int32_t row = 0; row < problem.n_rows; ++row)
      for (auto k = problem.row_begin[at(row)]; k < problem.row_begin[at(row) + 1]; ++k) {
        const std::int32_t column = problem.column[at(k)];
        if (column_mate[at(column)] >= 0) continue;
        row_mate[at(row)] = column;
        column_mate[at(column)] = row;
        break;
      }
  }

  void flip(std::int32_t column) {
    while (column >= 0) {
      const std::int32_t row = reached_from[at(column)];
      const std::int32_t next = row_mate[at(row)];
      row_mate[at(row)] = column;
      column_mate[at(column)] = row;
      column = next;
    }
  }

  /// Tries to match `start`; on failure `rows` and `columns` hold all that it can reach.
  bool augment(std::int32_t start, const std::vector<std::int8_t>& column_level) {
    rows.assign(1, start);
    columns.clear();
    for (std::size_t next = 0; next < rows.size(); ++next) {
      const std::int32_t row = rows[next];
      for (auto k = problem.row_begin[at(row)]; k < problem.row_begin[at(row) + 1]; ++k) {
        const std::int32_t column = problem.column[at(k)];
        if (seen[at(column)] == start || column_level[at(column)] < 0) continue;
        seen[at(column)] = start;
        reached_from[at(column)] = row;
        if (column_mate[at(column)] < 0) {
          flip(column);
          return true;
        }
        columns.push_back(column);
        rows.push_back(column_mate[at(column)]);
      }
    }
    return false;
  }
};

}  // namespace

Cardinality max_cardinality(const Problem& problem) {
  Search search(problem);
  search.match_greedily();
  Cardinality result;
  result.row_level.assign(at(problem.n_rows), 0);
  result.column_level.assign(at(problem.n_columns), 0);
  for (std::int32_t row = 0; row < problem.n_rows; ++row) {
    if (search.row_mate[at(row)] >= 0) continue;
    if (search.augment(row, result.column_level)) continue;
    for (const std::int32_t lost : search.rows) result.row_level[at(lost)] = 1;
    for (const std::int32_t taken : search.columns) result.column_level[at(taken)] = -1;
  }
  for (const std::int32_t mate : search.row_mate) result.size += mate >= 0 ? 1 : 0;
  return result;
}

}  // namespace difftrack::assign
