// SPDX-License-Identifier: Apache-2.0
#include "difftrack/event/io/text_fields.hpp"

#include <algorithm>
#include <string>

namespace difftrack::event {

namespace {

/// Where the quoted text that begins at line[begin] ends: the place of the closing quote, or npos. Two quotes are one
/// within the text.
std::size_t closing_quote(std::string_view line, std::size_t begin) {
  for (std::size_t at = begin + 1;;) {
    at = line.find('"', at);
    if (at == std::string_view::npos || at + 1 >= line.size() || line[at + 1] != '"') return at;
    at += 2;
  }
}

}  // namespace

std::string_view cut_quoted_field(std::string_view& line, char separator, bool& more) {
  const bool by_blanks = separator == kBlanks;
  const std::size_t begin = line.find('"');
  const std::size_t close = closing_quote(line, begin);
  const std::size_t from = close == std::string_view::npos ? begin : close + 1;
  const std::size_t end = by_blanks ? line.find_first_of(" \t", from) : line.find(separator, from);
  const std::string_view whole = without_blanks(line.substr(0, end));
  const bool closed = close != std::string_view::npos && without_blanks(line.substr(0, close + 1)) == whole;
  const std::string_view field = closed ? whole.substr(1, whole.size() - 2) : whole;
  more = end != std::string_view::npos;
  line.remove_prefix(more ? end + 1 : line.size());
  if (by_blanks) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    more = !line.empty();
  }
  return field;
}

std::vector<std::string_view> split_line(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  bool more = true;
  if (separator == kBlanks) {
    line = without_blanks(line);
    while (more) fields.push_back(cut_field<true>(line, separator, more));
  } else {
    while (more) fields.push_back(cut_field<false>(line, separator, more));
  }
  return fields;
}

bool parse_decimal_comma(std::string_view text, double& value) {
  constexpr std::size_t kLongest = 400;  // no number of a double has more digits
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || text.size() > kLongest || text.find('.') != std::string_view::npos)
    return false;
  std::string with_point(text);
  with_point[comma] = '.';
  return parse_real(with_point, value);
}

bool is_number(std::string_view field, char separator) {
  double value = 0.0;
  return parse_real(field, value) || (separator != ',' && parse_decimal_comma(field, value));
}

}  // namespace difftrack::event
