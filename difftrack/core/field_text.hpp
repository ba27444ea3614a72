// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"

/// Options as text: flags and text in TOML are read here, and here values are written for people and files.
namespace difftrack::core {

/// How a number is written where nothing is: an option of type std::optional<double>.
inline constexpr std::string_view kAutomatic = "auto";

/// What decides how the text of a number is read; from the Field of the same names.
struct NumberText {
  std::string_view unit;        ///< of a number without one
  Range range;                  ///< in `unit`
  std::string_view written_in;  ///< see Field::usually_in
};

/// A number with or without a unit, in `rule.unit`. Throws InputError (file, key, text): no number, a unit of another
/// kind, none where one is needed, out of range.
double parse_number_option(const std::string& text, const NumberText& rule, const std::string& file,
                           std::string_view key);

/// The same for whole numbers: 250, 1e5, "2 GB".
std::int64_t parse_integer_option(const std::string& text, const NumberText& rule, const std::string& file,
                                  std::string_view key);

/// Throws InputError (file, key, value) for a number, other than 0, that comes without the unit its option needs.
void check_unit_given(double value, const NumberText& rule, const std::string& file, std::string_view key);

/// `value` as parse_number_option reads it, to the same bits; with a unit where one is needed.
std::string number_text(double value, const NumberText& rule);

/// The rule of a field.
template <class AnyField>
NumberText number_text_rule(const AnyField& field) {
  return {field.unit, field.range, field.written_in};
}

/// The value of an option, from text as flags have it; not for switches. Throws InputError (file, key, text).
template <class AnyField>
typename AnyField::Value parse_field(const AnyField& field, const std::string& text, const std::string& file,
                                     std::string_view key) {
  using T = typename AnyField::Value;
  static_assert(!std::is_same_v<T, bool>);
  if constexpr (std::is_enum_v<T>) {
    return parse_choice<T>(text, file, key);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(parse_integer_option(text, number_text_rule(field), file, key));
  } else if constexpr (std::is_same_v<T, std::optional<double>>) {
    if (text == kAutomatic) return std::nullopt;
    return parse_number_option(text, number_text_rule(field), file, key);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(parse_number_option(text, number_text_rule(field), file, key));
  } else {
    return text;
  }
}

/// A value as parse_field reads it; switches as "true" and "false".
template <class AnyField>
std::string field_text(const AnyField& field, const typename AnyField::Value& value) {
  using T = typename AnyField::Value;
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(name_of(value));
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_same_v<T, std::optional<double>>) {
    return value ? number_text(*value, number_text_rule(field)) : std::string(kAutomatic);
  } else if constexpr (std::is_floating_point_v<T>) {
    return number_text(static_cast<double>(value), number_text_rule(field));
  } else {
    return value;
  }
}

}  // namespace difftrack::core
