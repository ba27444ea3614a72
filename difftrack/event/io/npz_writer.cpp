// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/npz_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npy_header.hpp"
#include "difftrack/event/io/write_npy.hpp"

namespace difftrack::event {

namespace {

constexpr std::string_view kLongestRows = "(9223372036854775807,)";  // room for any number of rows
constexpr std::size_t kRowsPerPack = 16384;

}  // namespace

NpzWriter::NpzWriter(const std::string& path, const Config& config)
    : path_(path), zip_(path, config.level, config.threads) {}

void NpzWriter::add(const ColumnView& array, const std::vector<std::int64_t>& shape) {
  end_table();
  const std::string header = plain_npy_header(array, shape, path_);
  zip_.begin(array.name + ".npy");
  zip_.write(std::as_bytes(std::span(header.data(), header.size())));
  std::visit([&](const auto& values) { zip_.write(std::as_bytes(values)); }, array.values);
  zip_.end();
}

void NpzWriter::add_text(const std::string& key, std::string_view text) {
  end_table();
  const std::string descr = fmt::format("'|S{}'", std::max<std::size_t>(text.size(), 1));
  std::string bytes = format_npy_header(descr, "()");
  bytes += text;
  if (text.empty()) bytes += '\0';
  zip_.begin(key + ".npy");
  zip_.write(std::as_bytes(std::span(bytes.data(), bytes.size())));
  zip_.end();
}

void NpzWriter::append(const std::string& key, std::span<const ColumnView> columns) {
  check_columns(columns, path_);
  const std::string descr = structured_descr(columns);
  if (table_ != key) {
    end_table();
    const std::string header = format_npy_header(descr, kLongestRows);
    zip_.begin(key + ".npy", header);
    table_ = key;
    descr_ = descr;
    header_size_ = header.size();
    rows_ = 0;
  }
  if (descr != descr_)
    throw core::InputError({path_, key, descr}, "columns differ from those the table began with: " + descr_);
  const std::size_t rows = columns.front().size();
  for (std::size_t begin = 0; begin < rows; begin += kRowsPerPack) {
    pack_rows(columns, begin, std::min(rows, begin + kRowsPerPack), packed_);
    zip_.write(packed_);
  }
  rows_ += static_cast<std::int64_t>(rows);
}

void NpzWriter::end_table() {
  if (table_.empty()) return;
  zip_.end(format_npy_header(descr_, fmt::format("({},)", rows_), header_size_));
  table_.clear();
}

void NpzWriter::finish() {
  end_table();
  zip_.finish();
}

void NpzWriter::commit() {
  finish();
  zip_.commit();
}

}  // namespace difftrack::event
