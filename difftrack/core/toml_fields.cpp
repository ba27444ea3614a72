// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/toml_fields.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace difftrack::core {

namespace {

/// The line, from 1, of the first byte beyond ASCII that is neither in quotes nor in a comment, or comes first behind a
/// backslash and white space; 0 when there is none.
std::size_t line_beyond_ascii(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte order mark
  std::size_t line = 1;
  std::string_view quote;  // what ends the string or comment that is open
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quote.empty()) {
      if (static_cast<unsigned char>(c) >= 0x80) return line;
      if (c == '#') quote = "\n";
      if (c != '"' && c != '\'') continue;
      const bool triple = text.substr(i, 3) == std::string(3, c);
      quote = c == '"' ? (triple ? "\"\"\"" : "\"") : (triple ? "'''" : "'");
      i += quote.size() - 1;
    } else if (c == '\\' && quote[0] == '"') {
      const std::size_t next = text.find_first_not_of(" \t\r\n", i + 1);
      if (next != std::string_view::npos && static_cast<unsigned char>(text[next]) >= 0x80) return line;
      if (text.substr(i + 1, 1) != "\n") ++i;  // an escaped character does not end the string
    } else if (text.substr(i, quote.size()) == quote || (c == '\n' && quote.size() == 1)) {
      i += quote.size() - 1;
      for (int more = 0; quote.size() == 3 && more < 2 && text.substr(i + 1, 1) == quote.substr(0, 1); ++more) ++i;
      quote = {};
    }
  }
  return 0;
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
  if (const std::size_t line = line_beyond_ascii(text); line > 0)
    throw InputError({file, "line " + std::to_string(line), ""},
                     "characters beyond ASCII must be in quotes or a comment, and not behind a backslash");
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw InputError({file, "line " + std::to_string(at.line) + ", column " + std::to_string(at.column), ""},
                     std::string(error.description()));
  }
}

toml::table parse_toml_file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw InputError({path, "", ""}, "no such file");
  std::ifstream in(path, std::ios::binary);
  return parse_toml(std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()), path);
}

void check_keys(const toml::table& table, const std::string& file, const std::vector<std::string>& known) {
  for (const auto& [key, value] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) throw_unknown_key(file, key.str(), known);
}

}  // namespace difftrack::core
