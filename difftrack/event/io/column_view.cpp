// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/column_view.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::event {

std::string ColumnView::dtype() const {
  constexpr std::array kTypes = {"<i4", "<i8", "|u1", "<f4", "<f8"};
  return kTypes[values.index()];
}

std::string structured_descr(std::span<const ColumnView> columns) {
  std::string descr = "[";
  for (const auto& column : columns)
    descr += fmt::format("{}('{}', '{}')", descr.size() > 1 ? ", " : "", column.name, column.dtype());
  return descr + "]";
}

void pack_rows(std::span<const ColumnView> columns, std::size_t begin, std::size_t end, std::vector<std::byte>& bytes) {
  std::size_t stride = 0;
  for (const auto& column : columns) stride += column.item_size();
  bytes.resize((end - begin) * stride);
  std::size_t offset = 0;
  for (const auto& column : columns) {
    std::visit(
        [&](const auto& values) {
          std::byte* to = bytes.data() + offset;
          for (std::size_t i = begin; i < end; ++i, to += stride) std::memcpy(to, &values[i], sizeof(values[0]));
        },
        column.values);
    offset += column.item_size();
  }
}

void check_columns(std::span<const ColumnView> columns, const std::string& file) {
  if (columns.empty()) throw core::InputError({file, "", ""}, "a table without columns cannot be written");
  for (const auto& column : columns) {
    if (column.name.empty() || column.name.find_first_of("'\\\n\r\",") != std::string::npos)
      throw core::InputError({file, "column", column.name}, "is no name that a table can hold");
    if (column.size() != columns.front().size())
      throw core::InputError({file, column.name, std::to_string(column.size())},
                             fmt::format("entries, but '{}' has {}", columns.front().name, columns.front().size()));
  }
}

}  // namespace difftrack::event
