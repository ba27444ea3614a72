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
  std::int32_t n_rows = 0;
  std::int32_t n_columns = 0;
  std::vector<std::int32_t> row_begin;  ///< n_rows + 1
  std::vector<std::int32_t> column;     ///< one per entry
  std::vector<double> cost;             ///< one per entry, finite, any sign

  std::size_t n_entries() const { return column.size(); }
};

enum class Status : std::uint8_t {
  Optimal,   ///< proven by the dual certificate
  Empty,     ///< no entry at all: nothing to assign
};

/// A matching with its certificate. For the forced problem (maximum cardinality, then minimum cost) and the free one
/// (a cost for each unassigned hit) alike.
struct Solution {
  Status status = Status::Empty;
  std::vector<std::uint8_t> chosen;         ///< Y in {0, 1}, one per entry
  std::vector<std::int32_t> row_to_entry;   ///< chosen entry of each row or -1
  std::vector<std::int32_t> column_to_row;  ///< row matched to each column or -1
  std::int32_t cardinality = 0;
  double cost = 0.0;                        ///< sum of chosen costs (+ unassigned costs in the free problem)
  std::vector<double> row_dual;             ///< n_rows
  std::vector<double> column_dual;          ///< n_columns
};

}  // namespace difftrack::assign
