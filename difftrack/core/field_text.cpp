// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/field_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "difftrack/core/parse_number.hpp"
#include "difftrack/core/quantity.hpp"

namespace difftrack::core {

namespace {

constexpr double kExact = 9007199254740992.0;  // whole numbers up to here are exact in double

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Shortest digits that are this number again, or `precision` significant ones; an exponent from 1e16 on only.
std::string digits_of(double value, int precision = 0) {
  std::array<char, 400> text{};
  const double size = std::abs(value);
  const auto format =
      size == 0.0 || (size >= 1e-4 && size < 1e16) ? std::chars_format::fixed : std::chars_format::scientific;
  const auto [end, error] = precision > 0 ? std::to_chars(text.data(), text.data() + text.size(), value,
                                                          std::chars_format::general, precision)
                                          : std::to_chars(text.data(), text.data() + text.size(), value, format);
  return {text.data(), end};
}

[[noreturn]] void throw_no_number(const std::string& text, const std::string& kind, std::string_view unit,
                                  const std::string& file, std::string_view key) {
  const std::string units = units_like(unit);
  throw InputError({file, std::string(key), text}, "is no " + kind + (unit.empty() ? "" : " of " + std::string(unit)) +
                                                       (units.empty() ? "" : ", nor one with a unit of " + units));
}

}  // namespace

void check_unit_given(double value, const NumberText& rule, const std::string& file, std::string_view key) {
  if (rule.written_in.empty() || value == 0.0) return;
  const std::string number = digits_of(value), usual(rule.written_in);
  throw InputError({file, std::string(key), number}, "needs a unit, as " + number + usual +
                                                         ": without one it could be taken for " +
                                                         std::string(rule.unit) + " or for " + usual);
}

double parse_number_option(const std::string& text, const NumberText& rule, const std::string& file,
                           std::string_view key) {
  const auto value = parse_quantity(text, rule.unit);
  if (!value) throw_no_number(text, "number", rule.unit, file, key);
  if (const auto bare = parse_number(text)) check_unit_given(*bare, rule, file, key);
  check_range(file, key, *value, rule.range, rule.unit);
  return *value;
}

std::int64_t parse_integer_option(const std::string& text, const NumberText& rule, const std::string& file,
                                  std::string_view key) {
  std::optional<std::int64_t> whole = whole_number(text);
  if (!whole) {
    const auto value = parse_quantity(text, rule.unit);
    if (!value || *value != std::floor(*value)) throw_no_number(text, "whole number", rule.unit, file, key);
    check_range(file, key, *value, rule.range, rule.unit);
    if (std::abs(*value) > kExact)
      throw InputError({file, std::string(key), text}, "is a number without all its digits");
    whole = static_cast<std::int64_t>(*value);
  }
  check_range(file, key, static_cast<double>(*whole), rule.range, rule.unit);
  return *whole;
}

std::string number_text(double value, const NumberText& rule) {
  if (rule.written_in.empty()) return digits_of(value);
  const double factor = unit_factor(rule.unit, rule.written_in).value_or(1.0);
  // As few digits as are read as the same number again: 30 degrees in rad and back are 29.999999999999996.
  for (const int precision : {15, 16, 17}) {
    const std::string number = digits_of(value / factor, precision);
    if (const auto again = parse_number(number); again && *again * factor == value)
      return number + std::string(rule.written_in);
  }
  std::string unit(rule.unit);
  std::replace(unit.begin(), unit.end(), ' ', '-');
  return digits_of(value) + unit;
}

}  // namespace difftrack::core
