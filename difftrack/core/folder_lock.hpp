// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace difftrack::core {

/// One process at a time works in a folder: held from construction to destruction, and let go by the system when the
/// process dies. Throws InputError (folder) when another process or lock holds it. Where the file system knows no
/// locks (some network shares), nothing is held.
class FolderLock {
 public:
  /// Takes the lock, without waiting. Throws InputError, too, when there is no such folder.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace difftrack::core
