// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace difftrack::core {

/// A file that appears whole or not at all: written under a temporary name of this process beside its target, flushed
/// to disk and renamed by commit(). Destruction without commit() removes the temporary file. Of several files that
/// belong together, finish() all before the first commit(): what is left to fail then is a rename.
///
/// A process that is killed leaves its temporary file; the next AtomicFile of the same target removes it, and those of
/// living processes not (part_file.hpp).
///
/// A symbolic link is followed and stays: the file behind it is replaced, or made where there is none. The mode bits of
/// a file that is replaced are kept; other hard links to it keep the old content. Throws InputError (file) when the
/// target is no plain file (folder, device, pipe, socket), is not to be written, or is being written by another
/// AtomicFile, when links form a loop, and when the folder cannot be written or the disk is full.
class AtomicFile {
 public:
  /// Opens the temporary file.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes.
  void write(std::span<const std::byte> bytes);
  /// Appends text as it is.
  void write(std::string_view text);
  void finish();  ///< flushes to disk; nothing can be written afterwards
  void commit();  ///< finishes and gives the file its name

  /// Name of the temporary file, for libraries that insist on opening a path themselves; call commit() afterwards.
  const std::string& temporary_path() const { return temporary_; }

 private:
  [[noreturn]] void fail(int error) const;

  std::string path_;            // as asked for, named in errors
  std::string target_;          // the file behind all links
  std::optional<mode_t> mode_;  // of the file that is replaced
  std::string temporary_;       // empty once the file has its name
  std::FILE* file_ = nullptr;   // open, and locked, until the file has its name
  bool finished_ = false;
};

}  // namespace difftrack::core
