// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <type_traits>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/event/columns.hpp"

namespace difftrack::event {

/// Rows that wait in a temporary file (std::tmpfile), block by block, because memory must stay bounded: blocks come
/// back as they were put in.
template <class Rows>
class RowSpool {
 public:
  /// Throws InputError when there is no temporary folder to write to.
  RowSpool() : file_(std::tmpfile(), &std::fclose) {
    if (!file_) fail();
  }

  /// Appends a block. Throws InputError when the temporary folder is full.
  void push(const Rows& block) {
    for_each_column<Rows>([&](const auto& each) { write(block.*(each.member)); });
    longest_ = std::max<std::uint64_t>(longest_, block.size());
    ++blocks_;
  }

  /// The next next() gives the first block again. No push() afterwards.
  void rewind() { read_ = 0; }

  /// Puts the next block into `block`, from the first on; false when there are none left. No push() afterwards.
  bool next(Rows& block) {
    block = {};
    if (read_ == 0) {
      if (std::fflush(file_.get()) != 0) fail();
      std::rewind(file_.get());
    }
    if (read_ == blocks_) return false;
    ++read_;
    for_each_column<Rows>([&](const auto& each) { read(block.*(each.member)); });
    return true;
  }

 private:
  template <class T>
  void write(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::uint64_t n = values.size();
    if (std::fwrite(&n, sizeof n, 1, file_.get()) != 1) fail();
    if (n > 0 && std::fwrite(values.data(), sizeof(T), n, file_.get()) != n) fail();
  }

  template <class T>
  void read(std::vector<T>& values) {
    std::uint64_t n = 0;
    if (std::fread(&n, sizeof n, 1, file_.get()) != 1 || n > longest_) fail();
    values.resize(n);
    if (n > 0 && std::fread(values.data(), sizeof(T), n, file_.get()) != n) fail();
  }

  [[noreturn]] static void fail() {
    throw core::InputError({"", "temporary folder", ""}, "cannot be written or read back: its disk may be full");
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::uint64_t longest_ = 0;
  std::size_t blocks_ = 0, read_ = 0;
};

}  // namespace difftrack::event
