// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/toml_fields.hpp"

#include <algorithm>
#include <filesystem>

namespace difftrack::core {

toml::table parse_toml_file(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw InputError({path, "", ""}, "no such file");
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    const auto& at = error.source().begin;
    throw InputError({path, "line " + std::to_string(at.line) + ", column " + std::to_string(at.column), ""},
                     std::string(error.description()));
  }
}

void check_keys(const toml::table& table, const std::string& file, const std::vector<std::string>& known) {
  for (const auto& [key, value] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) throw_unknown_key(file, key.str(), known);
}

}  // namespace difftrack::core
