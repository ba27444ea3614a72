// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "difftrack/event/io/bytes.hpp"
#include "difftrack/event/io/npy_header.hpp"
#include "difftrack/event/io/row_source.hpp"

namespace difftrack::event {

/// A plain NumPy array of any shape, last index fastest (Fortran order is turned on reading).
struct NpyArray {
  std::vector<std::int64_t> shape;                                      ///< empty for a scalar
  std::variant<std::vector<std::int64_t>, std::vector<double>> values;  ///< integers and booleans, or floating point
  std::string text;                                                     ///< of a scalar of bytes ('S') instead

  /// Number of values; 0 for text.
  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
  /// The values converted one by one, without a check.
  template <class T>
  std::vector<T> as() const {
    std::vector<T> result(size());
    std::visit(
        [&](const auto& v) {
          for (std::size_t i = 0; i < v.size(); ++i) result[i] = static_cast<T>(v[i]);
        },
        values);
    return result;
  }
};

/// Reads one plain array (a number type, or one scalar of bytes) to its end. Throws InputError.
NpyArray read_npy_array(ByteStream& stream);

/// Reads a .npy file. Throws InputError.
NpyArray read_npy(const std::string& path);

/// The rows of an array: a column per field of a structured array, `name` for a plain one of one dimension,
/// "0", "1", … for the columns of a plain one of two. Of GATE's unfinished headers, which say
/// zero rows although data follow, the number of rows comes from the size of the data, with a warning.
std::unique_ptr<RowSource> npy_rows(std::unique_ptr<ByteStream> stream, const std::string& name);

}  // namespace difftrack::event
