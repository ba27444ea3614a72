// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/output_target.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as many as Linux follows

const char* kind_name(mode_t mode) {
  if (S_ISDIR(mode)) return "is a folder";
  if (S_ISFIFO(mode)) return "is a pipe, no plain file";
  if (S_ISSOCK(mode)) return "is a socket, no plain file";
  return "is a device, no plain file";
}

/// Links of /proc, behind /dev/stdout and /dev/fd/1, stand for what is open already; replacing the file behind one
/// would take it from under whoever opened it.
bool is_descriptor(const fs::path& link) {
  std::error_code ignored;
  return fs::canonical(link.parent_path(), ignored).string().starts_with("/proc/");
}

/// The folder of `file`, where it exists or is the working folder.
bool has_folder(const fs::path& file) {
  std::error_code ignored;
  return !file.has_parent_path() || fs::is_directory(file.parent_path(), ignored);
}

}  // namespace

OutputTarget output_target(const std::string& path) {
  const auto refuse = [&](const std::string& why) { throw InputError({path, "", ""}, "cannot be written: " + why); };
  if (path.empty()) refuse("the name is empty");
  if (path == "-") refuse("this does not go to standard output; name a file (./- where that is its name)");
  fs::path target = path;
  struct stat found {};
  for (int links = 0; lstat(target.c_str(), &found) == 0 && S_ISLNK(found.st_mode); ++links) {
    if (links == kMostLinks) refuse("its symbolic links form a loop");
    if (is_descriptor(target)) refuse("stands for an open descriptor, not for a file");
    std::error_code failed;
    const fs::path next = fs::read_symlink(target, failed);
    if (failed) refuse(failed.message());
    target = target.parent_path() / next;  // an absolute `next` replaces all
    if (!has_folder(target)) refuse("links to " + target.string() + ", whose folder does not exist");
  }
  if (lstat(target.c_str(), &found) != 0) {
    if (errno != ENOENT) refuse(std::strerror(errno));
    return {target.string(), std::nullopt};
  }
  if (!S_ISREG(found.st_mode)) refuse(kind_name(found.st_mode));
  if (access(target.c_str(), W_OK) != 0) refuse(std::strerror(errno));
  return {target.string(), found.st_mode & 0777U};
}

}  // namespace difftrack::core
