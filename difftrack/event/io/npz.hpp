// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/io/npy.hpp"
#include "difftrack/event/io/zip.hpp"

namespace difftrack::event {

/// A .npz file: NumPy arrays by key, stored or deflated.
class NpzFile {
 public:
  /// Reads the directory. Throws InputError for what is no zip archive.
  explicit NpzFile(const std::string& path);
  /// The same of a file that is open already, or in memory.
  explicit NpzFile(std::shared_ptr<const Bytes> file);

  const std::string& name() const { return file_->name(); }
  /// Names of the arrays, without ".npy", in the order of the file.
  std::vector<std::string> keys() const;
  /// Whether there is an array of that name.
  bool has(std::string_view key) const;

  /// One plain array. Throws InputError with the nearest key when there is none of that name.
  NpyArray read(std::string_view key) const;

  /// Its values, converted.
  template <class T>
  std::vector<T> values(std::string_view key) const {
    return read(key).as<T>();
  }

  /// The undecoded array.
  std::unique_ptr<ByteStream> open(std::string_view key) const;

 private:
  std::shared_ptr<const Bytes> file_;
  std::vector<ZipEntry> entries_;  // names without ".npy"
};

}  // namespace difftrack::event
