// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

namespace difftrack::event {

constexpr char kBlanks = ' ';  ///< as a separator: any run of blanks and tabs

/// Without blanks and tabs at both ends.
inline std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// What cut_field does with a field that begins with a double quote: separators within the quotes belong to it. Where
/// the closing quote is missing or more text follows it, the field is taken as it stands, quotes included.
std::string_view cut_quoted_field(std::string_view& line, char separator, bool& more);

/// Cuts the next field off a line, without blanks and quotes around it; `more` tells whether a separator followed it.
/// For kBlanks the line must not begin with blanks, and does not afterwards.
template <bool kByBlanks>
std::string_view cut_field(std::string_view& line, char separator, bool& more) {
  // A loop of its own: fields are so short that calling memchr for each takes longer.
  std::size_t end = 0;
  if constexpr (kByBlanks)
    while (end < line.size() && line[end] != ' ' && line[end] != '\t') ++end;
  else
    while (end < line.size() && line[end] != separator) ++end;
  const std::string_view field = kByBlanks ? line.substr(0, end) : without_blanks(line.substr(0, end));
  if (!field.empty() && field.front() == '"') [[unlikely]]
    return cut_quoted_field(line, separator, more);
  more = end < line.size();
  line.remove_prefix(more ? end + 1 : end);
  if constexpr (kByBlanks) {
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    more = !line.empty();
  }
  return field;
}

/// All fields of a line.
std::vector<std::string_view> split_line(std::string_view line, char separator);

/// A whole field as a decimal integer of 64 bits; false for anything else, overflow included.
inline bool parse_integer(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// A number with a decimal point, or NaN or infinity by name.
inline bool parse_real(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    // Too small for a double is zero; too large is infinity, which the readers of physics columns refuse.
    value = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos ? 0.0 : HUGE_VAL;
    return true;
  }
  return error == std::errc{} && end == text.data() + text.size();
}

/// A number with a decimal comma and no point: "1,5".
bool parse_decimal_comma(std::string_view text, double& value);

/// Whether a field is a number in a line that is cut at `separator`: with a decimal comma, too, unless commas cut it.
bool is_number(std::string_view field, char separator);

}  // namespace difftrack::event
