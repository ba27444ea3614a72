// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

/// What one frame contributes to a training step.
struct FrameGradient {
  double loss = 0.0;                    ///< as LogitLoss gives it
  std::vector<float> gradient;          ///< of the loss, one per parameter in the order of the layout
  std::vector<float> batch_statistics;  ///< means and unbiased variances of this frame, in the order of the layout
};

/// Loss of a frame as a function of the logits of its segments, shape (segments), and of the numbers of the pair head,
/// in the order of the layout (none: shape (0)) → ().
using LogitLoss = std::function<torch::Tensor(const torch::Tensor& logits, const torch::Tensor& pair_head)>;

/// A network in training mode: parameters and a frame with at least one kink → loss, gradient, batch statistics.
/// Calls are independent of each other and may run on any number of threads.
class FrameGradientFunction {
 public:
  virtual ~FrameGradientFunction() = default;
  /// `parameters`, shape (n_parameters), in the order of the layout.
  virtual FrameGradient operator()(const std::vector<float>& parameters, const event::Frame& frame,
                                   const graph::HitGraph& graph, const LogitLoss& loss) const = 0;
};

/// The plain LibTorch composition of any described network, on any device (the reference).
std::unique_ptr<FrameGradientFunction> plain_gradient(const network::ParameterLayout& layout,
                                                      const std::string& device);

/// The line-graph network on the torch-free kernels. Throws InputError (option, value) for networks that have none.
std::unique_ptr<FrameGradientFunction> kernel_gradient(const network::ParameterLayout& layout);

/// momentum·batch + (1 - momentum)·running, as BatchNorm updates its running statistics.
void update_statistics(const std::vector<float>& batch, std::vector<float>& running, float momentum = 0.1F);

}  // namespace difftrack::learn
