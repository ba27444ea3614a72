// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

/// Adam (Kingma and Ba, arXiv:1412.6980) on named weights, with the largest second moment so far where `largest`
/// (AMSGrad: Reddi, Kale, Kumar, ICLR 2018). It can be put into a file and taken up to the same bits.
class AdamState {
 public:
  /// Of weights by name, moments 0.
  AdamState(std::vector<std::pair<std::string, torch::Tensor>> weights, bool largest);

  /// One step down the gradients that the weights have; they have none afterwards. A weight without a gradient stays.
  /// With `norm` > 0 gradients of a larger norm, all together, are cut to it.
  void step_down(double rate, double norm = 0.0);

  /// Adds weights and moments to the tensors of a file.
  void add_to(event::SafeTensors& file) const;
  /// Takes them from one that add_to() wrote. Throws InputError (path, tensor) for what is missing or of another shape.
  void take_from(const event::SafeTensors& file, const std::string& path);

 private:
  std::vector<std::pair<std::string, torch::Tensor>> weights_;
  std::vector<torch::Tensor> first_, second_, most_;
  bool largest_;
  std::int64_t step_ = 0;
};

/// Puts named weights into a file.
void add_weights(event::SafeTensors& file, const std::vector<std::pair<std::string, torch::Tensor>>& weights);
/// Takes them out of it. Throws InputError (path, tensor) for what is missing or of another shape.
void take_weights(const event::SafeTensors& file, const std::string& path,
                  const std::vector<std::pair<std::string, torch::Tensor>>& weights);

}  // namespace difftrack::learn
