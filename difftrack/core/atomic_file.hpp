// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace difftrack::core {

/// A file that appears whole or not at all: written under a temporary name of this process beside its target, flushed
/// to disk and renamed by commit(). Destruction without commit() removes the temporary file. Of several files that
/// belong together, finish() all before the first commit(): what is left to fail then is a rename. Throws InputError
/// (file) when the folder cannot be written, the name is a folder's, or the disk is full.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void finish();  ///< flushes to disk; nothing can be written afterwards
  void commit();  ///< finishes and gives the file its name

  /// Name of the temporary file, for libraries that insist on opening a path themselves; call commit() afterwards.
  const std::string& temporary_path() const { return temporary_; }

 private:
  std::string path_;
  std::string temporary_;  // empty once the file has its name
  std::FILE* file_ = nullptr;
};

}  // namespace difftrack::core
