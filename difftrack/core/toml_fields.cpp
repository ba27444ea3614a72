// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/toml_fields.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace difftrack::core {

namespace {

// toml++ 3.3 runs into undefined behaviour when it asks whether certain characters beyond ASCII are white space, which
// it does for malformed text. So it never sees any: every byte from 0x80 on, and '~', is written as ~XX before parsing
// (a '~' outside of quotes is a syntax error, as these characters are) and turned back in what comes out.
constexpr std::string_view kDigits = "0123456789abcdef";

std::string ascii_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && c != '~')
      result += c;
    else
      result.append({'~', kDigits[byte >> 4U], kDigits[byte & 15U]});
  }
  return result;
}

std::string text_of(std::string_view ascii) {
  std::string result;
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    const std::size_t high = i + 2 < ascii.size() ? kDigits.find(ascii[i + 1]) : std::string_view::npos;
    const std::size_t low = i + 2 < ascii.size() ? kDigits.find(ascii[i + 2]) : std::string_view::npos;
    if (ascii[i] != '~' || high == std::string_view::npos || low == std::string_view::npos) {
      result += ascii[i];
    } else {
      result += static_cast<char>(16 * high + low);
      i += 2;
    }
  }
  return result;
}

/// Turns back all text in a parsed node; keys too.
void restore(toml::node& node) {
  if (auto* text = node.as_string()) {
    text->get() = text_of(text->get());
  } else if (auto* array = node.as_array()) {
    for (auto& item : *array) restore(item);
  } else if (auto* table = node.as_table()) {
    toml::table restored;
    for (auto&& [key, value] : *table) {
      restore(value);
      restored.insert_or_assign(text_of(key.str()), std::move(value));
    }
    *table = std::move(restored);
  }
}

/// The line, from 1, of the first byte that is no UTF-8 (overlong forms and surrogates included); 0 when all is well.
std::size_t line_of_bad_utf8(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned first = byte(i);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0) return line;
    for (std::size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xc0U) != 0x80) return line;
    const unsigned second = byte(i + 1);
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
        (first == 0xf4 && second > 0x8f))
      return line;
    if (first == '\n') ++line;
    i += length;
  }
  return 0;
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
  if (const std::size_t line = line_of_bad_utf8(text); line > 0)
    throw InputError({file, "line " + std::to_string(line), ""}, "is no valid UTF-8");
  try {
    toml::table table = toml::parse(ascii_of(text));
    restore(table);
    return table;
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw InputError({file, "line " + std::to_string(at.line) + ", column " + std::to_string(at.column), ""},
                     text_of(error.description()));
  }
}

toml::table parse_toml_file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw InputError({path, "", ""}, "no such file");
  std::ifstream in(path, std::ios::binary);
  return parse_toml(std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()), path);
}

void detail::throw_wrong_type(const std::string& file, std::string_view key, const char* expected) {
  throw InputError({file, std::string(key), ""}, std::string("has the wrong type; expected ") + expected);
}

void check_keys(const toml::table& table, const std::string& file, const std::vector<std::string>& known) {
  for (const auto& [key, value] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) throw_unknown_key(file, key.str(), known);
}

}  // namespace difftrack::core
