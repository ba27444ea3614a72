// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
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
/// `--help` derive from it. T is bool, an integer, a floating-point number, text, an enum with a table of names
/// (core/choices.hpp), or std::optional<double>, where none is written "auto".
template <class Config, class T>
struct Field {
  using Value = T;        ///< the type of its value
  std::string_view name;  ///< snake_case; the TOML key, and the flag with '-' for '_'
  T Config::*member;      ///< where it lives
  std::string_view unit;  ///< of a number without one: "mm", "MeV", "rad", "ns", …, or "" for a pure number
  Range range;            ///< of numbers, in that unit
  std::string_view help;  ///< one sentence: capital, full stop, what it is
  std::string_view written_in = {};  ///< see usually_in()

  /// The same option where people write another unit than the house's. Values are shown in `other`, and a number
  /// without a unit, other than 0, is refused: nobody has to guess which of the two was meant.
  constexpr Field usually_in(std::string_view other) const { return {name, member, unit, range, help, other}; }

  constexpr T& of(Config& config) const { return config.*member; }              ///< its value
  constexpr const T& of(const Config& config) const { return config.*member; }  ///< its value
};

/// An option with a range.
template <class Config, class T>
constexpr Field<Config, T> field(std::string_view name, T Config::*member, std::string_view unit, Range range,
                                 std::string_view help) {
  return {name, member, unit, range, help};
}
/// An option without one: text, a switch, a choice, or any number.
template <class Config, class T>
constexpr Field<Config, T> field(std::string_view name, T Config::*member, std::string_view unit,
                                 std::string_view help) {
  return {name, member, unit, Range{}, help};
}

/// A Config inside a Config, see part().
template <class Config, class Inner, std::size_t n = 0>
struct Part {
  Inner Config::*member;                  ///< where it lives
  std::array<std::string_view, n> names;  ///< options that the owner has; none: all

  constexpr bool has(std::string_view name) const {  ///< whether the owner has this option
    return n == 0 || std::find(names.begin(), names.end(), name) != names.end();
  }
};

/// Lists the options of a Config that is a member, under their own names, among those of its owner: each stands
/// once, wherever it is used.
template <class Config, class Inner>
constexpr Part<Config, Inner> part(Inner Config::*member) {
  return {member, {}};
}
/// Lists those options alone; the others keep their defaults, or what the owner gives them.
template <class Config, class Inner, std::size_t n>
constexpr Part<Config, Inner, n> part(Inner Config::*member, const std::string_view (&names)[n]) {
  return {member, std::to_array(names)};
}

/// An option of a part, as its owner has it.
template <class Config, class Inner, class Own>
struct PartField {
  using Value = typename Own::Value;  ///< the type of its value
  std::string_view name;              ///< as Field
  std::string_view unit;              ///< as Field
  Range range;                        ///< as Field
  std::string_view help;              ///< as Field
  std::string_view written_in;        ///< as Field
  Inner Config::*member;              ///< where the part lives
  Own own;                            ///< the option in it

  constexpr Value& of(Config& config) const { return own.of(config.*member); }              ///< its value
  constexpr const Value& of(const Config& config) const { return own.of(config.*member); }  ///< its value
};

/// A Config lists its options as
///   `static constexpr auto fields() { return std::tuple{core::field("max_angle", &Config::max_angle, "rad", …), …}; }`
/// This visits each, those of parts included; `each.of(config)` is its value.
template <class Config, class Visitor>
void for_each_field(Visitor&& visit);

namespace detail {

template <class Config, class T, class Visitor>
void visit_entry(const Field<Config, T>& each, Visitor& visit) {
  visit(each);
}
template <class Config, class Inner, std::size_t n, class Visitor>
void visit_entry(const Part<Config, Inner, n>& part, Visitor& visit) {
  for_each_field<Inner>([&](const auto& own) {
    if (!part.has(own.name)) return;
    visit(PartField<Config, Inner, std::remove_cvref_t<decltype(own)>>{own.name, own.unit, own.range, own.help,
                                                                       own.written_in, part.member, own});
  });
}

}  // namespace detail

template <class Config, class Visitor>
void for_each_field(Visitor&& visit) {
  std::apply([&](const auto&... each) { (detail::visit_entry(each, visit), ...); }, Config::fields());
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
    using T = typename std::remove_cvref_t<decltype(each)>::Value;
    const T& value = each.of(config);
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
      check_range(file, each.name, static_cast<double>(value), each.range, each.unit);
    if constexpr (std::is_same_v<T, std::optional<double>>)
      if (value) check_range(file, each.name, *value, each.range, each.unit);
  });
}

}  // namespace difftrack::core
