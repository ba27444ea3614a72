// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

/// Closed interval that a numeric option must lie in.
struct Range {
  double low = -std::numeric_limits<double>::infinity();  ///< in the unit of the option
  double high = std::numeric_limits<double>::infinity();  ///< the same
};

/// One option of a Config; its default is the member's initialiser. TOML keys, command-line flags, range checks and
/// `--help` derive from it. T is bool, an integer, a floating-point number or std::string.
template <class Config, class T>
struct Field {
  std::string_view name;  ///< snake_case; the TOML key, and the flag with '-' for '_'
  T Config::*member;      ///< where it lives
  std::string_view unit;  ///< "mm", "rad", … or "" for a pure number
  Range range;            ///< ignored for bool and text
  std::string_view help;  ///< one sentence
};

/// An option with a range.
template <class Config, class T>
constexpr Field<Config, T> field(std::string_view name, T Config::*member, std::string_view unit, Range range,
                                 std::string_view help) {
  return {name, member, unit, range, help};
}
/// An option without one: text, a switch, or any number.
template <class Config, class T>
constexpr Field<Config, T> field(std::string_view name, T Config::*member, std::string_view unit,
                                 std::string_view help) {
  return {name, member, unit, Range{}, help};
}

/// A Config lists its options as
///   `static constexpr auto fields() { return std::tuple{core::field("max_angle", &Config::max_angle, "rad", …), …}; }`
template <class Config, class Visitor>
void for_each_field(Visitor&& visit) {
  std::apply([&](const auto&... each) { (visit(each), ...); }, Config::fields());
}

/// Names of the options, in the order of fields().
template <class Config>
std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for_each_field<Config>([&](const auto& each) { names.emplace_back(each.name); });
  return names;
}

/// The candidate with the smallest edit distance to `key`, for "did you mean"; empty when there is no candidate.
std::string nearest(std::string_view key, const std::vector<std::string>& candidates);

/// Throws InputError(file, key) with the nearest known key.
[[noreturn]] void throw_unknown_key(const std::string& file, std::string_view key,
                                    const std::vector<std::string>& known);

/// Throws InputError(file, name, value) when a number lies outside its field's range or is NaN.
void check_range(const std::string& file, std::string_view name, double value, const Range& range,
                 std::string_view unit);

/// Checks every numeric option of `config`; `file` names where the values came from in the error.
template <class Config>
void check_fields(const Config& config, const std::string& file) {
  for_each_field<Config>([&](const auto& each) {
    using T = std::remove_cvref_t<decltype(config.*(each.member))>;
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
      check_range(file, each.name, static_cast<double>(config.*(each.member)), each.range, each.unit);
  });
}

}  // namespace difftrack::core
