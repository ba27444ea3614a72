// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/core/atomic_file.hpp"
#include "difftrack/event/io/zip.hpp"

namespace difftrack::event {

/// Writes a zip archive that appears whole or not at all: entries deflated, of any size (zip64), one after the other.
///
/// An entry is cut into blocks of fixed length that are compressed on their own, on several threads; the bytes of the
/// file depend neither on the number of threads nor on how the content was handed over.
class ZipWriter {
 public:
  /// `level` 0 (fast, large) to 9; `threads` 0: all.
  ZipWriter(const std::string& path, int level, int threads);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Begins an entry. `head` is kept uncompressed, so that end() can replace it by other bytes of the same length.
  void begin(const std::string& name, std::string_view head = "");
  /// Appends to the entry, behind its head.
  void write(std::span<const std::byte> bytes);
  /// Ends the entry and replaces its head by as many bytes.
  void end(std::string_view new_head);
  /// Ends the entry as it is.
  void end();

  void finish();  ///< writes the directory; the file is whole then, but still under its temporary name
  void commit();  ///< finishes and gives the file its name

 private:
  void flush_blocks(bool all);
  void put(std::span<const std::byte> bytes);
  void put(const std::string& bytes);
  void seek(std::uint64_t offset);
  [[noreturn]] void fail() const;

  std::string path_;
  core::AtomicFile file_;
  std::FILE* out_ = nullptr;  // the temporary file of file_, opened for reading and writing
  int level_;
  int threads_;
  std::uint64_t at_ = 0;
  std::vector<ZipEntry> entries_;
  bool open_ = false;
  std::string head_;
  std::uint64_t head_offset_ = 0;
  std::uint32_t body_crc_ = 0;
  std::uint64_t body_size_ = 0;
  std::vector<std::byte> pending_;
};

}  // namespace difftrack::event
