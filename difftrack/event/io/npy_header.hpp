// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

/// One number within an item of a NumPy array: a field of a structured array, or the item itself.
struct NpyField {
  std::string name;        ///< "" for a plain array; "volumeID[2]" for a sub-array, "a.b" for a nested field
  char kind = 'f';         ///< 'i', 'u', 'f', 'b'; anything else holds no number and is skipped
  std::uint32_t size = 4;  ///< [bytes]
  bool big_endian = false;
  std::uint64_t offset = 0;  ///< [bytes] within the item

  bool is_number() const { return kind == 'i' || kind == 'u' || kind == 'f' || kind == 'b'; }
};

/// The header of an array in the NPY format, versions 1 to 3 (NEP 1; numpy/lib/format.py documents it).
struct NpyHeader {
  std::vector<NpyField> fields;
  std::uint64_t item_size = 0;  ///< [bytes]
  bool structured = false;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;  ///< rows first

  /// Items in all; the product of the shape, 1 for a scalar.
  std::uint64_t items() const;
};

/// Parses the dictionary of a header. Throws InputError(file, key, value) for what is not understood, Python
/// objects among it, and for a shape whose size overflows.
NpyHeader parse_npy_header(std::string_view dictionary, const std::string& file);

/// Reads magic, version and dictionary; the stream stands at the first item afterwards.
NpyHeader read_npy_header(ByteStream& stream);

/// The bytes of a header in version 1 (2 when it is long), padded so that data begin at a multiple of 64.
/// `minimum` [bytes] leaves room to overwrite it with a longer shape later.
std::string format_npy_header(std::string_view descr, std::string_view shape, std::size_t minimum = 0);

}  // namespace difftrack::event
