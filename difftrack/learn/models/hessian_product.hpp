// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

/// Products of the Hessian of one frame's loss with vectors, by double backward on the plain network in double
/// precision: the reference for difference quotients of the kernels' gradients (study/hessian.hpp).
///
///   H v = d/dw ⟨∇L(w), v⟩,  v a constant.
///
/// Exact almost everywhere: LeakyReLU and the maximum have kinks, on which LibTorch takes one side. Seconds and
/// gigabytes for a dense frame. The loss must be made of operations with second derivatives.
class HessianProduct {
 public:
  /// Loss of a frame as a function of its logits, shape (segments), float64 → ().
  using Loss = std::function<torch::Tensor(const torch::Tensor& logits)>;

  /// BatchNorm takes the running statistics of `flat`, or those of the frame.
  HessianProduct(network::ParameterLayout layout, network::FlatParameters flat, network::BatchNormMode mode);

  /// H v, one number per parameter in the order of the layout; 0 for parameters that the loss does not depend on.
  std::vector<double> operator()(const event::Frame& frame, const graph::HitGraph& graph, const Loss& loss,
                                 std::span<const double> v) const;

 private:
  network::ParameterLayout layout_;
  network::FlatParameters flat_;
  network::BatchNormMode mode_;
};

}  // namespace difftrack::learn
