// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/assign/problem.hpp"

namespace difftrack::assign {

/// The part of the forced problem that no cost can change: how many rows can be matched, and why not more.
///
/// Proof of maximality (König): rows of level 0 and columns of level -1 together touch every entry, and there are
/// as many of them as matched rows, so no matching can be larger. It follows that every maximum matching
///   - matches every row of level 0, and only to columns of level 0,
///   - matches every column of level -1, and only to rows of level 1,
/// which splits the forced problem in two that need no notion of cardinality any more. Entries between rows of
/// level 0 and columns of level -1 are in no maximum matching; between level 1 and level 0 there are none.
struct Cardinality {
  std::int32_t size = 0;                  ///< of a maximum matching
  std::vector<std::int8_t> row_level;     ///< n_rows, 0 or 1
  std::vector<std::int8_t> column_level;  ///< n_columns, 0 or -1
};

/// Breadth-first augmenting paths. What a failed search has visited can never lie on an augmenting path again and is
/// set aside for good (it is exactly level 1 / -1), so that all failed searches together cost O(entries).
/// Costs are not read. Worst case O(rows x entries), close to O(entries) on the graphs of this project.
Cardinality max_cardinality(const Problem& problem);

}  // namespace difftrack::assign
