// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/io/column_view.hpp"
#include "difftrack/event/io/zip_writer.hpp"

namespace difftrack::event {

/// Writes a .npz file that appears whole or not at all: arrays of any shape under their keys, and tables (structured
/// arrays, as GATE writes them under the key "arr_0") whose rows are appended piece by piece, so that memory stays
/// bounded. One array is open at a time: a table ends when another array begins or the file is committed.
///
///   NpzWriter out("steps.npz");
///   out.append("arr_0", columns);  // any number of times
///   out.commit();
class NpzWriter {
 public:
  /// How the arrays are compressed.
  struct Config {
    int level = 1;    ///< deflate: 0 (fast, large) to 9; 1 is within 5 % of the smallest size for physics columns
    int threads = 0;  ///< 0: all; the bytes of the file do not depend on it
  };
  explicit NpzWriter(const std::string& path) : NpzWriter(path, Config{}) {}
  /// Throws InputError when the file cannot be written.
  NpzWriter(const std::string& path, const Config& config);

  /// A whole array, row-major; without a shape it has one dimension. T: int32, int64, uint8, float or double.
  template <class T>
  void add(const std::string& key, std::span<const T> values, const std::vector<std::int64_t>& shape = {}) {
    add(ColumnView{key, values}, shape);
  }
  /// The same from a vector.
  template <class T>
  void add(const std::string& key, const std::vector<T>& values, const std::vector<std::int64_t>& shape = {}) {
    add(ColumnView{key, std::span<const T>(values)}, shape);
  }
  /// The same, the type known at run time; the array's name is its key.
  void add(const ColumnView& array, const std::vector<std::int64_t>& shape = {});

  /// Text as a scalar of bytes, e.g. the command line that made the file.
  void add_text(const std::string& key, std::string_view text);

  /// Appends rows to the table `key`. The first call decides names and types of its columns. Throws InputError when
  /// later ones differ.
  void append(const std::string& key, std::span<const ColumnView> columns);

  void finish();  ///< the file is whole then, but still under its temporary name
  void commit();  ///< finishes and gives the file its name

 private:
  void end_table();

  std::string path_;
  ZipWriter zip_;
  std::string table_;  // key of the open table
  std::string descr_;
  std::size_t header_size_ = 0;
  std::int64_t rows_ = 0;
  std::vector<std::byte> packed_;
};

}  // namespace difftrack::event
