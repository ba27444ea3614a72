// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/write_npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npy_header.hpp"

namespace difftrack::event {

namespace {

constexpr std::size_t kRowsPerPiece = 16384;

}  // namespace

std::string plain_npy_header(const ColumnView& array, const std::vector<std::int64_t>& shape, const std::string& file) {
  std::vector<std::int64_t> extents = shape;
  if (extents.empty()) extents.push_back(static_cast<std::int64_t>(array.size()));
  std::int64_t items = 1;
  for (const std::int64_t extent : extents) items *= extent;
  const std::string text = fmt::format("({}{})", fmt::join(extents, ", "), extents.size() == 1 ? "," : "");
  if (items != static_cast<std::int64_t>(array.size()))
    throw core::InputError({file, array.name, fmt::format("{} values", array.size())}, "do not fill the shape " + text);
  return format_npy_header(fmt::format("'{}'", array.dtype()), text);
}

void write_npy(const std::string& path, const ColumnView& array, const std::vector<std::int64_t>& shape) {
  const std::string header = plain_npy_header(array, shape, path);
  core::AtomicFile file(path);
  file.write(header);
  std::visit([&](const auto& values) { file.write(std::as_bytes(values)); }, array.values);
  file.commit();
}

void write_npy_table(const std::string& path, std::span<const ColumnView> columns) {
  check_columns(columns, path);
  const std::size_t rows = columns.front().size();
  core::AtomicFile file(path);
  file.write(format_npy_header(structured_descr(columns), fmt::format("({},)", rows)));
  std::vector<std::byte> packed;
  for (std::size_t begin = 0; begin < rows; begin += kRowsPerPiece) {
    pack_rows(columns, begin, std::min(rows, begin + kRowsPerPiece), packed);
    file.write(packed);
  }
  file.commit();
}

void write_csv(const std::string& path, std::span<const ColumnView> columns) {
  check_columns(columns, path);
  core::AtomicFile file(path);
  std::string text;
  for (const auto& column : columns) {
    if (!text.empty()) text += ',';
    text += column.name;
  }
  text += '\n';
  std::array<char, 32> digits{};
  for (std::size_t row = 0; row < columns.front().size(); ++row) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) text += ',';
      std::visit(
          [&](const auto& values) {
            const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), values[row]);
            text.append(digits.data(), end);
          },
          columns[c].values);
    }
    text += '\n';
    if (text.size() > 1U << 20U) {
      file.write(text);
      text.clear();
    }
  }
  file.write(text);
  file.commit();
}

}  // namespace difftrack::event
