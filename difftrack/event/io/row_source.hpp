// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/event/table.hpp"

namespace difftrack::event {

/// Rows of one file, front to back; what the formats have in common. Used through TableReader (read_table.hpp).
class RowSource {
 public:
  virtual ~RowSource() = default;

  /// Appends up to `max_rows` rows to the columns, which are those of empty_columns() in the same order; returns how
  /// many, 0 at the end.
  virtual std::size_t read(std::vector<Column>& columns, std::size_t max_rows) = 0;

  /// The columns that read() fills, with name, type and unit, without rows.
  virtual std::vector<Column> empty_columns() const = 0;
  virtual std::int64_t total_rows() const { return -1; }  ///< -1 when only reading tells
  virtual double fraction_read() const = 0;               ///< in [0, 1]

  std::vector<std::string> skipped;   ///< columns left out
  std::vector<std::string> warnings;  ///< read() may add to them
};

}  // namespace difftrack::event
