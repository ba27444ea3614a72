// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>
#include <type_traits>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::reconstruct {

/// Rows that wait in a temporary file, because an .npz holds one table after the other and memory must stay bounded.
template <class Row>
class RowSpool {
  static_assert(std::is_trivially_copyable_v<Row>);

 public:
  RowSpool() : file_(std::tmpfile(), &std::fclose) {
    if (!file_) throw core::InputError({"", "temporary folder", ""}, "cannot be written");
  }

  /// Appends a row. Throws InputError when the temporary folder is full.
  void push(const Row& row) {
    if (std::fwrite(&row, sizeof(Row), 1, file_.get()) != 1) fail();
  }

  /// Calls f(rows) for pieces of at most `piece` rows, in order; once, at the end, with none when there are none.
  template <class F>
  void drain(std::size_t piece, F&& f) {
    if (std::fflush(file_.get()) != 0) fail();
    std::rewind(file_.get());
    std::vector<Row> rows(piece);
    bool any = false;
    while (true) {
      rows.resize(piece);
      rows.resize(std::fread(rows.data(), sizeof(Row), piece, file_.get()));
      if (std::ferror(file_.get()) != 0) fail();
      if (rows.empty() && any) return;
      f(rows);
      any = true;
      if (rows.empty()) return;
    }
  }

 private:
  [[noreturn]] static void fail() {
    throw core::InputError({"", "temporary folder", ""}, "cannot be written or read back: its disk may be full");
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace difftrack::reconstruct
