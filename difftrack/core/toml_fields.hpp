// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "difftrack/core/field_text.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::core {

/// Parses TOML text; `file` names it in errors. Throws InputError with the line of a syntax error or of bytes that are
/// no UTF-8.
toml::table parse_toml(std::string_view text, const std::string& file);

/// Parses a TOML file. Throws InputError with the line and column of a syntax error, or when it cannot be read.
toml::table parse_toml_file(const std::string& path);

/// Throws InputError for the first key of `table` that is not in `known`.
void check_keys(const toml::table& table, const std::string& file, const std::vector<std::string>& known);

namespace detail {

[[noreturn]] void throw_wrong_type(const std::string& file, std::string_view key, const char* expected);

/// The value of one option, from its node; `key` as errors name it.
template <class AnyField, class Node>
typename AnyField::Value read_field(const AnyField& field, const Node& node, const std::string& file,
                                    const std::string& key) {
  using T = typename AnyField::Value;
  const auto text = node.template value<std::string>();
  if constexpr (std::is_same_v<T, bool>) {
    if (!node.is_boolean()) throw_wrong_type(file, key, "true or false");
    return *node.template value<bool>();
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::optional<double>>) {
    constexpr bool whole = std::is_integral_v<T>, automatic = std::is_same_v<T, std::optional<double>>;
    if (text && (automatic || !field.unit.empty())) return parse_field(field, *text, file, key);
    const auto value = node.template value<std::conditional_t<whole, std::int64_t, double>>();
    if (!value) throw_wrong_type(file, key, whole ? "an integer" : "a number");
    check_unit_given(static_cast<double>(*value), number_text_rule(field), file, key);
    check_range(file, key, static_cast<double>(*value), field.range, field.unit);
    return static_cast<T>(*value);
  } else {
    if (!text) throw_wrong_type(file, key, "text");
    return parse_field(field, *text, file, key);
  }
}

}  // namespace detail

/// Writes the values of `table` into `config`, by its fields(). A number may be text with a unit, "300 mrad", where its
/// option has one. Keys that are absent keep their defaults; unknown keys, wrong types, choices that do not exist and
/// values out of range throw InputError with file, key and value; `section` stands before the key there.
template <class Config>
void read_fields(const toml::table& table, const std::string& file, Config& config, const std::string& section = "") {
  check_keys(table, file, field_names<Config>());
  for_each_field<Config>([&](const auto& each) {
    if (const auto node = table[each.name])
      each.of(config) =
          detail::read_field(each, node, file, (section.empty() ? "" : section + ".") + std::string(each.name));
  });
}

}  // namespace difftrack::core
