// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "difftrack/core/fields.hpp"

namespace difftrack::core {

/// Parses TOML text; `file` names it in errors. Throws InputError with the line of a syntax error or of bytes that are
/// no UTF-8.
toml::table parse_toml(std::string_view text, const std::string& file);

/// Parses a TOML file. Throws InputError with the line and column of a syntax error, or when it cannot be read.
toml::table parse_toml_file(const std::string& path);

/// Throws InputError for the first key of `table` that is not in `known`.
void check_keys(const toml::table& table, const std::string& file, const std::vector<std::string>& known);

/// Writes the values of `table` into `config`, by its fields(). Keys that are absent keep their defaults; unknown
/// keys, wrong types and values out of range throw InputError with file, key and value.
template <class Config>
void read_fields(const toml::table& table, const std::string& file, Config& config) {
  check_keys(table, file, field_names<Config>());
  for_each_field<Config>([&](const auto& each) {
    const auto node = table[each.name];
    if (!node) return;
    using T = std::remove_cvref_t<decltype(config.*(each.member))>;
    using Stored =
        std::conditional_t<std::is_same_v<T, bool>, bool,
                           std::conditional_t<std::is_integral_v<T>, std::int64_t,
                                              std::conditional_t<std::is_floating_point_v<T>, double, std::string>>>;
    const auto value = node.template value<Stored>();
    const bool exact = !std::is_same_v<T, bool> || node.is_boolean();
    if (!value || !exact)
      throw InputError(
          {file, std::string(each.name), ""},
          "has the wrong type; expected " + std::string(std::is_same_v<Stored, bool>           ? "true or false"
                                                        : std::is_same_v<Stored, std::int64_t> ? "an integer"
                                                        : std::is_same_v<Stored, double>       ? "a number"
                                                                                               : "text"));
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
      check_range(file, each.name, static_cast<double>(*value), each.range, each.unit);
    config.*(each.member) = static_cast<T>(*value);
  });
}

}  // namespace difftrack::core
