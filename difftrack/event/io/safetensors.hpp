// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "difftrack/event/io/bytes.hpp"

namespace difftrack::event {

/// One tensor, row-major. F16 and BF16 are turned into float on reading; writing uses F32, F64 and I64.
struct NamedTensor {
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>>
      values;  ///< one per element, last index fastest

  /// Number of values.
  std::size_t size() const {
    return std::visit([](const auto& v) { return v.size(); }, values);
  }
  /// The values as float; exact unless they are wider.
  std::vector<float> floats() const;
};

/// The content of a safetensors file (https://github.com/huggingface/safetensors, "Format").
struct SafeTensors {
  std::map<std::string, NamedTensor> tensors;
  std::map<std::string, std::string> metadata;  ///< the entry "__metadata__"
};

/// Reads a whole file. Throws InputError with path, tensor and value when it is truncated, when a tensor lies outside
/// the data, overlaps another or has a size that does not fit its shape, or when its type is not known.
SafeTensors read_safetensors(const std::string& path);
/// The same of a file that is open already, or in memory.
SafeTensors read_safetensors(const Bytes& file);

/// Writes a file that appears whole or not at all; tensors in the order of their names, so the bytes are reproducible.
void write_safetensors(const std::string& path, const SafeTensors& content);

}  // namespace difftrack::event
