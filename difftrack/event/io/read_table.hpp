// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/row_source.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::event {

/// How to read a table where the file does not tell.
struct ReadOptions {
  /// Names of the columns of a text without a line of names, in order; '-' or '' leaves a column out.
  std::vector<std::string> columns;
};

/// Reads the rows of a .npy, .npz or text file, the first and last also compressed by gzip, in chunks, with memory for
/// one chunk. The format is told by the first bytes, not by the name. Throws InputError (file, column or key, value)
/// for what cannot be read, and for names of columns that the file does not need.
class TableReader {
 public:
  /// Opens the file and reads its head.
  explicit TableReader(const std::string& path, const ReadOptions& options = {});
  /// The same of a file that is open already, or in memory.
  explicit TableReader(std::shared_ptr<const Bytes> file, const ReadOptions& options = {});

  /// Puts the next rows, at most `max_rows`, into `chunk`; false when there are none left. A warning comes with the
  /// chunk in which it arose, most with the first.
  bool next(Table& chunk, std::int64_t max_rows);

  std::int64_t total_rows() const { return source_->total_rows(); }  ///< -1 when unknown (text)
  double fraction_read() const { return source_->fraction_read(); }  ///< in [0, 1], for progress
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::unique_ptr<RowSource> source_;
  std::int64_t row_ = 0;
  std::size_t warned_ = 0;  // warnings handed on
};

/// The whole file.
Table read_table(const std::string& path, const ReadOptions& options = {});
/// The same of a file that is open already, or in memory.
Table read_table(std::shared_ptr<const Bytes> file, const ReadOptions& options = {});

}  // namespace difftrack::event
