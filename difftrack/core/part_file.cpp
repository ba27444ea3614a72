// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

namespace difftrack::core {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".part";

bool is_part_of(std::string_view name, std::string_view target) {
  if (!name.starts_with(target) || !name.ends_with(kEnding)) return false;
  if (name.size() < target.size() + kEnding.size() + 2) return false;  // a point and a digit at least
  const std::string_view middle = name.substr(target.size(), name.size() - target.size() - kEnding.size());
  return middle.front() == '.' &&
         std::all_of(middle.begin() + 1, middle.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether the descriptor's file still has a name: who removes a file holds its lock, and may have been quicker.
bool has_name(int descriptor) {
  struct stat found {};
  return fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) && found.st_nlink > 0;
}

void remove_if_abandoned(const std::string& part) {
  const int descriptor = open(part.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && has_name(descriptor)) unlink(part.c_str());
  close(descriptor);
}

}  // namespace

std::string part_name(const std::string& target) {
  return target + '.' + std::to_string(getpid()) + std::string(kEnding);
}

int open_part(const std::string& part, mode_t mode) {
  // Between creating and locking, another process may take the new file for one left behind: then it goes, and the next
  // attempt makes another.
  for (int attempts = 20;; --attempts) {
    const int descriptor = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0 && (errno != EEXIST || attempts == 0)) return -1;
    if (descriptor >= 0) {
      const bool others = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      if (!others && has_name(descriptor)) return descriptor;
      close(descriptor);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void remove_parts_left_behind(const std::string& target) {
  const fs::path path(target);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string name = path.filename().string();
  std::error_code failed;  // a folder that cannot be listed keeps what is in it
  for (auto entry = fs::directory_iterator(folder, failed); !failed && entry != fs::directory_iterator();
       entry.increment(failed))
    if (is_part_of(entry->path().filename().string(), name)) remove_if_abandoned(entry->path().string());
}

}  // namespace difftrack::core
