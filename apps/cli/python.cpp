// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/python.hpp"

#include <cstdlib>
#include <filesystem>

namespace difftrack::cli {

namespace fs = std::filesystem;

std::string chosen_python() {
  const char* chosen = std::getenv("DIFFTRACK_PYTHON");
  return chosen == nullptr ? "" : chosen;
}

std::vector<std::string> pythons(const std::string& script) {
  if (const std::string chosen = chosen_python(); !chosen.empty()) return {chosen};
  std::vector<std::string> found;
  const auto add = [&](const fs::path& environment) {
    const fs::path python = environment / "bin" / "python3";
    if (std::error_code ignored; fs::exists(python, ignored)) found.push_back(python.string());
  };
  if (const char* home = std::getenv("HOME")) add(fs::path(home) / ".difftrack-python");
  add(fs::path(script).parent_path().parent_path() / "build" / "python");
  found.emplace_back("python3");
  return found;
}

}  // namespace difftrack::cli
