// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/shipped_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <set>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

namespace fs = std::filesystem;

namespace {

std::string& own_folder() {
  static std::string folder;
  return folder;
}

std::vector<fs::path> folders(const std::string& kind) {
  std::vector<fs::path> found;
  if (const char* data = std::getenv("DIFFTRACK_DATA")) found.push_back(fs::path(data) / kind);
  if (!own_folder().empty()) {
    found.push_back(fs::path(own_folder()) / kind);
    return found;
  }
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  if (!error) found.push_back(program.parent_path().parent_path() / "share" / "difftrack" / kind);
  const fs::path installed = fs::path(DIFFTRACK_INSTALLED_DATA) / kind;
  const fs::path source = fs::path(DIFFTRACK_SOURCE_TREE) / kind;
  // An older installation must not serve what has just been built, nor the source tree an installation.
  const bool built_here = !error && program.string().starts_with(DIFFTRACK_BUILD_TREE "/");
  found.push_back(built_here ? source : installed);
  found.push_back(built_here ? installed : source);
  return found;
}

}  // namespace

void look_for_shipped_files_in(const std::string& folder) { own_folder() = folder; }

std::vector<std::string> shipped_names(const std::string& kind, const std::string& ending) {
  std::set<std::string> names;
  for (const auto& folder : folders(kind)) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ending) names.insert(entry.path().stem());
  }
  return {names.begin(), names.end()};
}

std::string find_shipped(const std::string& kind, const std::string& name_or_path, const std::string& ending) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(ending)) return name_or_path;
  for (const auto& folder : folders(kind))
    if (fs::is_regular_file(folder / (name_or_path + ending))) return (folder / (name_or_path + ending)).string();
  std::string list;
  for (const std::string& name : shipped_names(kind, ending)) list += (list.empty() ? "" : ", ") + name;
  const std::string one = kind.substr(0, kind.size() - 1);  // "detectors" → "detector"
  throw InputError({"", one, name_or_path}, (list.empty() ? "none is shipped" : "no such name; shipped are " + list) +
                                                "; a file of your own ends in " + ending);
}

}  // namespace difftrack::core
