// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "difftrack/event/columns.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::event {

/// Fails unless the page shows `table` between <!-- NAME --> and <!-- end of NAME -->; with DIFFTRACK_WRITE_TABLES=1 in
/// the environment the table is written there instead.
inline void expect_documented(const std::string& page, const std::string& name, const std::string& table) {
  const std::string path = paths::source() + "/docs/" + page;
  std::string text = content_of(path);
  const std::string begin_mark = fmt::format("<!-- {} -->\n", name), end_mark = fmt::format("<!-- end of {} -->", name);
  const std::size_t begin = text.find(begin_mark), end = text.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << page << " has no place for the table '" << name << "' (" << begin_mark << "… " << end_mark << ")";
  const std::size_t from = begin + begin_mark.size();
  const char* write = std::getenv("DIFFTRACK_WRITE_TABLES");
  if (write != nullptr && std::string_view(write) == "1") {
    text.replace(from, end - from, table);
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text.substr(from, end - from), table)
      << page << " does not say what columns() says; DIFFTRACK_WRITE_TABLES=1 with this test writes it";
}

/// NumPy's name of a column's type.
template <class T>
std::string type_name() {
  if constexpr (std::is_floating_point_v<T>)
    return fmt::format("float{}", 8 * sizeof(T));
  else
    return fmt::format("{}int{}", std::is_signed_v<T> ? "" : "u", 8 * sizeof(T));
}

/// "optional: " and "truth: " where a column need not be there.
inline std::string_view presence_text(Presence presence) {
  return presence == Presence::Optional ? "optional: " : presence == Presence::Always ? "" : "truth: ";
}

/// The columns of a struct as a table of a page. Neighbours that differ in nothing but their name share a row.
template <class Rows>
std::string table_of_columns() {
  std::string table = "| column | type | unit | meaning |\n|---|---|---|---|\n", names, rest;
  const auto flush = [&] {
    if (!names.empty()) table += fmt::format("| {} | {} |\n", names, rest);
  };
  for_each_column<Rows>([&](const auto& each) {
    using T = typename std::remove_cvref_t<decltype(Rows{}.*(each.member))>::value_type;
    const std::string its =
        fmt::format("{} | {} | {}{}", type_name<T>(), each.unit, presence_text(each.presence), each.meaning);
    if (its != rest) {
      flush();
      names.clear();
    }
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", each.name);
    rest = its;
  });
  flush();
  return table;
}

}  // namespace difftrack::event
