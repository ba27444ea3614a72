// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace difftrack::event {

/// One named column: integers of any width and booleans as int64, floating point as double (both exact). A column with
/// unsigned numbers of 2^63 and more is of doubles, rounded; so is what a text file writes as an integer beyond int64.
struct Column {
  std::string name;  ///< as in the file, without a unit
  std::variant<std::vector<std::int64_t>, std::vector<double>> values;
  std::string type = {};  ///< what the file says, e.g. "int32"; empty when it says nothing (text)
  std::string unit = {};  ///< what stands in brackets behind the name in a text file, e.g. "mm"; else empty

  bool is_integer() const { return values.index() == 0; }
  /// Number of rows.
  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
  /// The value as a double; integers beyond 2^53 are rounded.
  double number(std::size_t row) const {
    return std::visit([row](const auto& v) { return static_cast<double>(v[row]); }, values);
  }
};

/// Rows of a file, or a chunk of them. It remembers where it came from, so that errors can name file, column and row.
struct Table {
  std::string file;                   ///< path, for messages
  std::int64_t first_row = 0;         ///< number of the first row here within the file, from 0
  std::vector<Column> columns;        ///< all of the same length
  std::vector<std::string> skipped;   ///< columns that do not hold one number per row (text, say), left out
  std::vector<std::string> warnings;  ///< what was odd about the file; one sentence each

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// The column, or null when there is none of that name.
  const Column* find(std::string_view name) const;
  /// Names of all columns, in their order.
  std::vector<std::string> names() const;

  /// The column; throws InputError with file, name and the nearest existing column.
  const Column& at(std::string_view name) const;

  /// The column as 32-bit integers; throws InputError (file, column and row, value) for a fraction, NaN or overflow.
  std::vector<std::int32_t> int32s(std::string_view name) const;

  /// The column as 64-bit integers; throws InputError for a fraction, NaN, and floating point beyond 2^53, where
  /// doubles no longer tell neighbouring integers apart.
  std::vector<std::int64_t> int64s(std::string_view name) const;

  /// The column as 8-bit integers; throws InputError for what is no whole number in [0, 255].
  std::vector<std::uint8_t> uint8s(std::string_view name) const;

  /// The column as 32-bit floats; throws InputError for NaN, infinity and what overflows.
  std::vector<float> finite_floats(std::string_view name) const;
  /// The same, but NaN is let through.
  std::vector<float> floats_or_nan(std::string_view name) const;
  /// The column as doubles; throws InputError for NaN and infinity.
  std::vector<double> finite_doubles(std::string_view name) const;

  /// Throws InputError for a value of a column: "FILE: NAME, row R = VALUE: PROBLEM".
  [[noreturn]] void fail(const Column& column, std::size_t row, const std::string& problem) const;
};

}  // namespace difftrack::event
