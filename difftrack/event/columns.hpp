// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace difftrack::event {

/// Whether a source has a column.
enum class Presence {
  Always,    ///< a source without it is refused
  Optional,  ///< empty where the source has none
  Truth,     ///< what a simulation alone knows; empty for real data
  Shared,    ///< truth of what particles share; a simulation that knows the other truth may lack it
};

/// One column of a struct of arrays, said once: what is read, written, appended, selected, sorted or documented follows
/// from the list `static constexpr auto columns()` of the struct.
template <class Rows, class T>
struct ColumnOf {
  std::string_view name;         ///< as in our own files
  std::vector<T> Rows::*member;  ///< one entry per row, or empty where the source has no such column
  std::string_view unit;         ///< "mm", "MeV", … or "" for a pure number
  std::string_view meaning;
  Presence presence = Presence::Always;
};

/// A column for the list.
template <class Rows, class T>
constexpr ColumnOf<Rows, T> column_of(std::string_view name, std::vector<T> Rows::*member, std::string_view unit,
                                      std::string_view meaning, Presence presence = Presence::Always) {
  return {name, member, unit, meaning, presence};
}

/// Calls visit(column) for each column of the struct, in the order of its list.
template <class Rows, class Visitor>
void for_each_column(Visitor&& visit) {
  static constexpr auto kColumns = Rows::columns();  // a constant, so that loops over rows do not build the list anew
  std::apply([&](const auto&... each) { (visit(each), ...); }, kColumns);
}

/// One value for each column of a struct, found by the column's member: names[&Steps::edep].
template <class Rows, class V>
class PerColumn {
 public:
  PerColumn() = default;
  /// The same value for all columns.
  explicit PerColumn(const V& value) { values_.fill(value); }

  /// That of a column.
  template <class T>
  V& operator[](std::vector<T> Rows::*member) {
    return values_[index(member)];
  }
  /// That of a column.
  template <class T>
  const V& operator[](std::vector<T> Rows::*member) const {
    return values_[index(member)];
  }

 private:
  template <class T>
  static std::size_t index(std::vector<T> Rows::*member) {
    std::size_t i = 0, found = 0;
    for_each_column<Rows>([&](const auto& each) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(each.member)>, std::vector<T> Rows::*>)
        if (each.member == member) found = i;
      ++i;
    });
    return found;
  }

  std::array<V, std::tuple_size_v<decltype(Rows::columns())>> values_{};
};

/// Appends rows [begin, end) of `from`; both have the same optional columns, or `to` has no row.
template <class Rows>
void append_rows(Rows& to, const Rows& from, std::size_t begin, std::size_t end) {
  for_each_column<Rows>([&](const auto& each) {
    const auto& values = from.*(each.member);
    if (!values.empty())
      (to.*(each.member))
          .insert((to.*(each.member)).end(), values.begin() + static_cast<std::ptrdiff_t>(begin),
                  values.begin() + static_cast<std::ptrdiff_t>(end));
  });
}

/// All rows of `from`.
template <class Rows>
void append_rows(Rows& to, const Rows& from) {
  append_rows(to, from, 0, from.size());
}

/// Appends row `i` of `from`; as append_rows.
template <class Rows>
void append_row(Rows& to, const Rows& from, std::size_t i) {
  for_each_column<Rows>([&](const auto& each) {
    const auto& values = from.*(each.member);
    if (!values.empty()) (to.*(each.member)).push_back(values[i]);
  });
}

/// The rows `order` of `from`, in that order.
template <class Rows>
Rows select_rows(const Rows& from, const std::vector<std::size_t>& order) {
  Rows result;
  for_each_column<Rows>([&](const auto& each) {
    const auto& values = from.*(each.member);
    if (values.empty()) return;
    auto& selected = result.*(each.member);
    selected.reserve(order.size());
    for (const std::size_t i : order) selected.push_back(values[i]);
  });
  return result;
}

}  // namespace difftrack::event
