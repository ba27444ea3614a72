// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "difftrack/core/error.hpp"

namespace difftrack::core {

FolderLock::FolderLock(const std::string& folder)
    : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw InputError({folder, "", ""}, std::string("cannot be opened: ") + std::strerror(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  throw InputError({folder, "", ""}, "is in use by another process; wait for it, stop it, or choose another folder");
}

FolderLock::~FolderLock() { close(descriptor_); }

}  // namespace difftrack::core
