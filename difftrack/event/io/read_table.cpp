// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/read_table.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "difftrack/event/io/csv.hpp"
#include "difftrack/event/io/npy.hpp"
#include "difftrack/event/io/npz_rows.hpp"

namespace difftrack::event {

namespace {

std::unique_ptr<RowSource> open_rows(std::shared_ptr<const Bytes> file) {
  std::array<char, 6> magic{};
  const auto start = std::span(magic).first(std::min<std::uint64_t>(magic.size(), file->size()));
  file->read_at(0, std::as_writable_bytes(start));
  const std::string_view text(start.data(), start.size());
  if (text == "\x93NUMPY") return npy_rows(file_stream(std::move(file)), "value");
  if (text.starts_with("PK")) return npz_rows(NpzFile(std::move(file)));
  return csv_rows(std::move(file));
}

}  // namespace

TableReader::TableReader(const std::string& path, const ReadOptions& options) : TableReader(open_file(path), options) {}

TableReader::TableReader(std::shared_ptr<const Bytes> file, const ReadOptions&)
    : file_(file->name()), source_(open_rows(std::move(file))) {}

bool TableReader::next(Table& chunk, std::int64_t max_rows) {
  chunk = Table{file_, row_, source_->empty_columns(), source_->skipped, {}};
  if (row_ == 0) chunk.warnings = source_->warnings;
  const std::size_t rows = source_->read(chunk.columns, static_cast<std::size_t>(std::max<std::int64_t>(max_rows, 0)));
  row_ += static_cast<std::int64_t>(rows);
  return rows > 0;
}

Table read_table(const std::string& path, const ReadOptions& options) { return read_table(open_file(path), options); }

Table read_table(std::shared_ptr<const Bytes> file, const ReadOptions& options) {
  Table table;
  TableReader(std::move(file), options).next(table, std::numeric_limits<std::int64_t>::max());
  return table;
}

}  // namespace difftrack::event
