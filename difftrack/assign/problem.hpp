// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::assign {

/// A sparse linear assignment problem in rows (deep hits) × columns (shallow hits); absent entries are forbidden.
///
/// Entries of row r are [row_begin[r], row_begin[r + 1]) with strictly ascending columns.
struct Problem {
  std::int32_t n_rows = 0;              ///< hits of the deep layer
  std::int32_t n_columns = 0;           ///< hits of the shallow layer
  std::vector<std::int32_t> row_begin;  ///< n_rows + 1
  std::vector<std::int32_t> column;     ///< one per entry
  std::vector<double> cost;             ///< one per entry, finite, any sign

  std::size_t n_entries() const { return column.size(); }
};

/// What leaving a row or a column unassigned costs in the free problem (births, deaths, "dustbin"); finite.
struct LeavingCosts {
  std::vector<double> row;     ///< n_rows
  std::vector<double> column;  ///< n_columns

  /// The same cost for every row and column of the problem.
  static LeavingCosts uniform(const Problem& problem, double cost) {
    return {std::vector<double>(static_cast<std::size_t>(problem.n_rows), cost),
            std::vector<double>(static_cast<std::size_t>(problem.n_columns), cost)};
  }
};

/// Throws core::InputError when the sparse rows are not well formed or a cost is not finite.
void check_problem(const Problem& problem);
/// Throws core::InputError unless there is one finite cost per row and one per column.
void check_leaving_costs(const Problem& problem, const LeavingCosts& leaving);

/// Outcome of a solve.
enum class Status : std::uint8_t {
  Optimal,  ///< proven by the dual certificate
  Empty,    ///< no entry at all: nothing to assign
};

/// A matching with its certificate. For the forced problem (maximum cardinality, then minimum cost) and the free one
/// (a cost for each unassigned hit) alike.
struct Solution {
  Status status = Status::Empty;
  std::vector<std::uint8_t> chosen;         ///< Y in {0, 1}, one per entry
  std::vector<std::int32_t> row_to_entry;   ///< chosen entry of each row or -1
  std::vector<std::int32_t> column_to_row;  ///< row matched to each column or -1
  std::int32_t cardinality = 0;             ///< number of chosen entries
  double cost = 0.0;                        ///< sum of chosen costs (+ unassigned costs in the free problem)
  std::vector<double> row_dual;             ///< n_rows
  std::vector<double> column_dual;          ///< n_columns
  std::vector<std::int8_t> row_level;     ///< forced only, n_rows: 1 for rows that compete for too few columns, else 0
  std::vector<std::int8_t> column_level;  ///< forced only, n_columns: -1 for the columns they compete for, else 0
};

}  // namespace difftrack::assign
