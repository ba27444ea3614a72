// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "difftrack/event/columns.hpp"
#include "difftrack/event/table.hpp"

namespace difftrack::event {

/// A column of a table as a vector of T: int32, int64, uint8, float or double. Throws InputError (file, column and row,
/// value) for what T cannot hold, NaN and infinity among it.
template <class T>
std::vector<T> column_values(const Table& table, std::string_view name) {
  if constexpr (std::is_same_v<T, std::int32_t>)
    return table.int32s(name);
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return table.int64s(name);
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return table.uint8s(name);
  else if constexpr (std::is_same_v<T, float>)
    return table.finite_floats(name);
  else
    return table.finite_doubles(name);
}

/// The rows of a table as a struct of arrays, each column from the one of the same name; one that the table lacks stays
/// empty where it may. In optional columns of floats NaN stands for "not known". Throws InputError as column_values.
template <class Rows>
Rows rows_from_table(const Table& table) {
  Rows rows;
  for_each_column<Rows>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(rows.*(each.member))>::value_type;
    if (each.presence != Presence::Always && !table.has(each.name)) return;
    if constexpr (std::is_same_v<T, float>)
      if (each.presence == Presence::Optional) {
        rows.*(each.member) = table.floats_or_nan(each.name);
        return;
      }
    rows.*(each.member) = column_values<T>(table, each.name);
  });
  return rows;
}

}  // namespace difftrack::event
