// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/read_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/csv.hpp"
#include "difftrack/event/io/foreign_format.hpp"
#include "difftrack/event/io/gzip.hpp"
#include "difftrack/event/io/npy.hpp"
#include "difftrack/event/io/npz_rows.hpp"

namespace difftrack::event {

using core::InputError;

namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr std::string_view kZipMagic = "PK";

std::string first_bytes(ByteStream& stream) {
  std::string bytes(kFormatBytes, '\0');
  bytes.resize(stream.read(std::as_writable_bytes(std::span(bytes.data(), bytes.size()))));
  return bytes;
}

void refuse_names(const ReadOptions& options, const std::string& file) {
  if (!options.columns.empty())
    throw InputError({file, "--columns", fmt::format("{}", fmt::join(options.columns, ","))},
                     "is of use to text without a line of names alone; this file names its columns");
}

std::unique_ptr<RowSource> zip_rows(std::shared_ptr<const Bytes> file) {
  const NpzFile npz(file);
  if (npz.keys().empty())
    for (const ZipEntry& entry : read_zip_directory(*file))
      if (entry.name.starts_with("xl/"))
        throw InputError({file->name(), "", ""}, "is an Excel workbook, which is not read; save its sheet as CSV");
  return npz_rows(npz);
}

std::unique_ptr<RowSource> open_rows(const std::shared_ptr<const Bytes>& file, const ReadOptions& options) {
  std::string start = first_bytes(*file_stream(file));
  const bool zipped = start.starts_with(kGzipMagic);
  if (zipped) start = first_bytes(*gzip_stream(file));
  auto stream = zipped ? gzip_stream(file) : file_stream(file);
  refuse_foreign_format(start, file->name());
  if (start.starts_with(kNpyMagic) || start.starts_with(kZipMagic)) refuse_names(options, file->name());
  if (start.starts_with(kNpyMagic)) return npy_rows(std::move(stream), "value");
  if (start.starts_with(kZipMagic) && !zipped) return zip_rows(file);
  if (start.starts_with(kZipMagic) || start.starts_with(kGzipMagic))
    throw InputError({file->name(), "", ""},
                     fmt::format("holds an archive within gzip; unpack it: gzip -d '{}'", file->name()));
  return csv_rows(std::move(stream), options.columns);
}

}  // namespace

TableReader::TableReader(const std::string& path, const ReadOptions& options) : TableReader(open_file(path), options) {}

TableReader::TableReader(std::shared_ptr<const Bytes> file, const ReadOptions& options)
    : file_(file->name()), source_(open_rows(file, options)) {}

bool TableReader::next(Table& chunk, std::int64_t max_rows) {
  chunk = Table{file_, row_, source_->empty_columns(), source_->skipped, {}};
  const std::size_t rows = source_->read(chunk.columns, static_cast<std::size_t>(std::max<std::int64_t>(max_rows, 0)));
  const auto& warnings = source_->warnings;
  chunk.warnings.assign(warnings.begin() + static_cast<std::ptrdiff_t>(warned_), warnings.end());
  warned_ = warnings.size();
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
