// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace difftrack::event {

/// The few Python literals that a NumPy header is made of: text, integers, True, False, None, tuples, lists, dicts.
struct PythonLiteral {
  /// What a literal is.
  enum class Kind { None, Boolean, Integer, Text, Sequence, Dictionary };
  Kind kind = Kind::None;
  std::int64_t integer = 0;  ///< also 0 or 1 for a Boolean
  std::string text;
  std::vector<PythonLiteral> items;  ///< of a tuple or list; the values of a dictionary
  std::vector<std::string> keys;     ///< of a dictionary, one per item

  /// The value under a key of a dictionary, or null.
  const PythonLiteral* find(std::string_view key) const;
};

/// Parses one literal; trailing white space is allowed. Throws InputError(file, "header") for anything else,
/// for more than 16 levels of nesting and for integers beyond 64 bits.
PythonLiteral parse_python_literal(std::string_view text, const std::string& file);

}  // namespace difftrack::event
