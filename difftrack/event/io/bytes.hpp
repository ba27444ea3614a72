// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace difftrack::event {

/// A read-only file, on disk or in memory (tests, fuzzing). Thread-safe: reads carry their offset.
class Bytes {
 public:
  virtual ~Bytes() = default;
  const std::string& name() const { return name_; }  ///< for messages
  std::uint64_t size() const { return size_; }

  /// Fills `out` from `offset`; throws InputError when the file ends before.
  void read_at(std::uint64_t offset, std::span<std::byte> out) const;

 protected:
  Bytes(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
  /// Fills `out` from `offset`, which lies within the file with all of it. Throws InputError when reading fails.
  virtual void read(std::uint64_t offset, std::span<std::byte> out) const = 0;

 private:
  std::string name_;
  std::uint64_t size_;
};

/// Opens a regular file; throws InputError when there is none or it cannot be read.
std::shared_ptr<const Bytes> open_file(const std::string& path);
/// A file in memory; `name` is for messages.
std::shared_ptr<const Bytes> bytes_in_memory(std::string name, std::vector<std::byte> content);

/// Bytes read from front to back, perhaps decompressed on the way.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Reads up to out.size() bytes; fewer only at the end. Throws InputError when the source is damaged.
  virtual std::size_t read(std::span<std::byte> out) = 0;
  /// Bytes in all, as declared; where that is not told beforehand (gzip), the most that there can be.
  std::uint64_t size() const { return size_; }
  bool size_is_exact() const { return size_is_exact_; }
  virtual double fraction_read() const = 0;          ///< of the source, in [0, 1]; for progress
  const std::string& name() const { return name_; }  ///< for messages

  /// Fills `out` or throws InputError: the file is truncated.
  void read_exactly(std::span<std::byte> out);

 protected:
  ByteStream(std::string name, std::uint64_t size, bool size_is_exact = true)
      : name_(std::move(name)), size_(size), size_is_exact_(size_is_exact) {}

 private:
  std::string name_;
  std::uint64_t size_;
  bool size_is_exact_;
};

/// Bytes [begin, begin + size) of a file as they are; the file must be that long.
std::unique_ptr<ByteStream> stored_stream(std::shared_ptr<const Bytes> file, std::uint64_t begin, std::uint64_t size);

/// The whole file.
std::unique_ptr<ByteStream> file_stream(std::shared_ptr<const Bytes> file);

}  // namespace difftrack::event
