// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace difftrack::network {

/// One tensor of parameters, row-major.
struct Tensor {
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::vector<float> data;          ///< row-major
};

/// All parameters and running statistics of a network by module path, as in the golden files and PyTorch state dicts:
/// `R1.layers.K.weight`, `…bias`, `…running_mean`, `…running_var`; R1 relational, O object, R2 read-out.
/// `metadata` carries text such as {"kind": "line_graph", "hidden": "16"}.
struct Weights {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads a safetensors file of float32 tensors. Throws InputError with path, tensor and shape when the file is no
/// safetensors file or its tensors do not make one of our networks (parameter_layout.hpp).
Weights read_weights(const std::string& path);

/// Writes them as safetensors; the file appears whole or not at all.
void write_weights(const std::string& path, const Weights& weights);

}  // namespace difftrack::network
