// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/input_files.hpp"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

namespace {

namespace fs = std::filesystem;

bool is_pattern(const std::string& argument) { return argument.find_first_of("*?[") != std::string::npos; }

/// What a pattern matches; sorted, for what the shell gives depends on the locale.
std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, decltype(&globfree)> freed(&found, globfree);
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) != 0) return {};
  std::vector<std::string> names(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> files_of(const std::string& folder, const FolderFilter& filter) {
  std::vector<std::string> names;
  std::error_code failed;
  for (auto entry = fs::directory_iterator(folder, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed)) {
    const std::string path = entry->path().string();
    std::error_code ignored;  // a dangling link is no file
    if (!entry->path().filename().string().starts_with('.') && entry->is_regular_file(ignored) && filter.takes(path))
      names.push_back(path);
  }
  if (failed) throw InputError({folder, "", ""}, "cannot be read: " + failed.message());
  if (names.empty()) throw InputError({folder, "", ""}, "has no " + filter.what + " in it");
  std::sort(names.begin(), names.end());
  return names;
}

/// An argument with the place it stands in, for errors: empty on the command line, else list and line.
struct Argument {
  std::string text, list, line;
};

std::vector<Argument> lines_of(const std::string& list) {
  std::ifstream in(list);
  std::error_code ignored;
  if (!in || fs::is_directory(list, ignored)) throw InputError({list, "", ""}, "no such list, or not to be read");
  const fs::path folder = fs::path(list).parent_path();
  std::vector<Argument> arguments;
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    const auto is_blank = [](unsigned char c) { return std::isspace(c) != 0; };
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_blank));
    text.erase(std::find_if_not(text.rbegin(), text.rend(), is_blank).base(), text.end());
    if (!text.empty() && text.front() != '#')
      arguments.push_back({(folder / text).string(), list, "line " + std::to_string(number)});
  }
  if (arguments.empty()) throw InputError({list, "", ""}, "names no file");
  return arguments;
}

/// Collects files and refuses those that are there already.
class Collection {
 public:
  explicit Collection(const FolderFilter& filter) : filter_(filter) {}

  void add(const Argument& argument) {
    std::error_code ignored;
    if (fs::exists(argument.text, ignored) || !is_pattern(argument.text)) return add_existing(argument.text, argument);
    const std::vector<std::string> found = matches(argument.text);
    if (found.empty()) fail(argument, argument.text, "no file matches this pattern");
    for (const std::string& name : found) add_existing(name, argument);
  }

  std::vector<std::string> take() { return std::move(files_); }

 private:
  void add_existing(const std::string& path, const Argument& argument) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      for (const std::string& name : files_of(path, filter_)) add_file(name, argument);
      return;
    }
    if (!fs::is_regular_file(path, ignored)) fail(argument, path, "no such file, or not to be read");
    add_file(path, argument);
  }

  void add_file(const std::string& path, const Argument& argument) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) fail(argument, path, "no such file, or not to be read");
    const auto [before, is_new] = names_.try_emplace({found.st_dev, found.st_ino}, path);
    if (!is_new)
      fail(argument, path,
           before->second == path ? "is named twice; it would count twice"
                                  : "is the same file as " + before->second + "; it would count twice");
    files_.push_back(path);
  }

  [[noreturn]] static void fail(const Argument& argument, const std::string& path, const std::string& why) {
    if (argument.list.empty()) throw InputError({path, "", ""}, why);
    throw InputError({argument.list, argument.line, path}, why);
  }

  const FolderFilter& filter_;
  std::vector<std::string> files_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;
};

}  // namespace

bool has_input_ending(const std::string& path) {
  constexpr std::array<std::string_view, 7> kEndings = {".npz", ".npy", ".csv", ".csv.gz", ".txt", ".dat", ".root"};
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

std::vector<std::string> input_files(const std::vector<std::string>& arguments, const std::string& files_from,
                                     const FolderFilter& folder) {
  if (arguments.empty() && files_from.empty())
    throw InputError({"", "", ""}, "no input: name files, folders or a list");
  Collection files(folder);
  for (const std::string& argument : arguments) files.add({argument, "", ""});
  if (!files_from.empty())
    for (const Argument& argument : lines_of(files_from)) files.add(argument);
  return files.take();
}

}  // namespace difftrack::core
