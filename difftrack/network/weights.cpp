// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/weights.hpp"

#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network {

Weights read_weights(const std::string& path) {
  const auto content = event::read_safetensors(path);
  Weights weights;
  weights.metadata = content.metadata;
  for (const auto& [name, tensor] : content.tensors) weights.tensors[name] = {tensor.shape, tensor.floats()};
  flatten(weights, layout_of(weights, path), path);  // for its checks
  return weights;
}

void write_weights(const std::string& path, const Weights& weights) {
  event::SafeTensors content;
  content.metadata = weights.metadata;
  for (const auto& [name, tensor] : weights.tensors) content.tensors[name] = {tensor.shape, tensor.data};
  event::write_safetensors(path, content);
}

}  // namespace difftrack::network
