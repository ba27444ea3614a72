// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "difftrack/event/columns.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::event {

/// A named column to be written, not owned; its type decides the type in the file.
struct ColumnView {
  std::string name;  ///< key of the array, or name in the table
  std::variant<std::span<const std::int32_t>, std::span<const std::int64_t>, std::span<const std::uint8_t>,
               std::span<const float>, std::span<const double>>
      values;

  /// Number of rows.
  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
  /// [bytes] of one value.
  std::size_t item_size() const {
    return std::visit([](const auto& v) { return sizeof(v[0]); }, values);
  }
  std::string dtype() const;  ///< NumPy's: "<i4", "<i8", "|u1", "<f4", "<f8"
};

/// The columns of a struct of arrays, under their names and in their order, those of truth only with `truth`, those of
/// truth of what is shared only with `shared`. All must have one entry per row.
template <class Rows>
std::vector<ColumnView> column_views(const Rows& rows, bool truth, bool shared = false) {
  std::vector<ColumnView> views;
  for_each_column<Rows>([&](const auto& each) {
    if ((truth || each.presence != Presence::Truth) && (shared || each.presence != Presence::Shared))
      views.push_back({std::string(each.name), std::span(rows.*(each.member))});
  });
  return views;
}

/// NumPy's description of rows made of these columns: [('eventID', '<i4'), …].
std::string structured_descr(std::span<const ColumnView> columns);

/// Rows [begin, end) as bytes, the columns of each row side by side. `bytes` is overwritten.
void pack_rows(std::span<const ColumnView> columns, std::size_t begin, std::size_t end, std::vector<std::byte>& bytes);

/// Throws InputError(file) unless there is a column and all have the same length and fit names.
void check_columns(std::span<const ColumnView> columns, const std::string& file);

}  // namespace difftrack::event
