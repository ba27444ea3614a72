// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace difftrack::core {

/// Rows of different lengths in one array: row r is values[offsets[r] .. offsets[r+1]).
/// `offsets` always has rows + 1 entries and starts at 0.
template <class T>
struct Ragged {
  std::vector<std::int64_t> offsets{0};  ///< rows + 1
  std::vector<T> values;                 ///< row after row

  std::size_t size() const { return offsets.size() - 1; }
  /// Row `row` in [0, size()); valid until rows are added.
  std::span<const T> operator[](std::size_t row) const {
    return {values.data() + offsets[row], values.data() + offsets[row + 1]};
  }
  /// Appends a row.
  void push_back(std::span<const T> row) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<std::int64_t>(values.size()));
  }
};

}  // namespace difftrack::core
