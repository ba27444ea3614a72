// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "difftrack/core/error.hpp"
#include "difftrack/event/columns.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/rows_from_table.hpp"

namespace difftrack::event {

/// The rows of a table of a .npz (a structured array under the key Rows::kTable) as structs of arrays, front to back;
/// memory is for one piece.
template <class Rows>
class NpzTable {
 public:
  /// Throws InputError when the file has no such table.
  explicit NpzTable(const NpzFile& file) : source_(npy_rows(file.open(Rows::kTable), std::string(Rows::kTable))) {
    chunk_.file = file.name() + " (table " + std::string(Rows::kTable) + ")";
    chunk_.columns = source_->empty_columns();
  }

  /// Puts the next rows, at most kPiece, into `rows`; false when there are none left. Throws InputError (file, column
  /// and row, value) as rows_from_table does.
  bool next(Rows& rows) {
    for (Column& column : chunk_.columns) std::visit([](auto& values) { values.clear(); }, column.values);
    const std::size_t n = source_->read(chunk_.columns, kPiece);
    rows = rows_from_table<Rows>(chunk_);
    chunk_.first_row += static_cast<std::int64_t>(n);
    return n > 0;
  }

  /// The next `n` rows, fewer at the end.
  Rows take(std::size_t n) {
    while (left() < n) {
      Rows more;
      if (!next(more)) break;
      if (left() == 0) {
        ahead_ = std::move(more);
      } else {
        Rows joined;
        append_rows(joined, ahead_, at_, ahead_.size());
        append_rows(joined, more);
        ahead_ = std::move(joined);
      }
      at_ = 0;
    }
    const std::size_t end = at_ + std::min(n, left());
    Rows rows;
    append_rows(rows, ahead_, at_, end);
    taken_ += static_cast<std::int64_t>(end - at_);
    at_ = end;
    return rows;
  }

  /// Throws InputError for row `i` of what take() gave last.
  [[noreturn]] void fail(std::string_view column, const Rows& rows, std::size_t i, const std::string& value,
                         const std::string& problem) const {
    const std::int64_t row = taken_ - static_cast<std::int64_t>(rows.size()) + static_cast<std::int64_t>(i);
    throw core::InputError({file(), std::string(column) + ", row " + std::to_string(row), value}, problem);
  }

  const std::string& file() const { return chunk_.file; }  ///< "FILE (table NAME)", for messages

 private:
  static constexpr std::size_t kPiece = 1 << 13;  // what fits into a core's cache

  std::size_t left() const { return ahead_.size() - at_; }

  std::unique_ptr<RowSource> source_;
  Table chunk_;
  Rows ahead_;  // read, and from at_ on not yet taken
  std::size_t at_ = 0;
  std::int64_t taken_ = 0;
};

}  // namespace difftrack::event
