// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

/// One frame as the kernels see it, with their scratch memory. Reusable for one frame after the other.
struct KernelFrame : torch::CustomClassHolder {
  /// `graph` must outlive the passes over this frame.
  void load(const event::Frame& frame, const graph::HitGraph& graph);

  std::vector<float> features;  ///< (segments, 8)
  network::kernels::LineGraphView view;
  network::kernels::TrainingWorkspace workspace;
};

/// The line-graph network on the torch-free kernels (network/kernels/line_graph_training.hpp) as an autograd function
/// of its flat parameters: the same function as GraphNetwork of that description, whose plain composition is the
/// reference.
///
/// Forward: logits, shape (segments). Backward: dL/dparameters from dL/dlogits by the kernels' backward pass. Exact to
/// float rounding; kink angles are exact where the plain path takes them from build_line_graph. No second derivatives:
/// use the plain network for those. `statistics` are the running ones for BatchNormMode::Running, else unused.
/// The forward pass's intermediate values live in `frame`: run backward before the next forward pass on it.
torch::Tensor kernel_logits(const torch::Tensor& parameters, const c10::intrusive_ptr<KernelFrame>& frame, int hidden,
                            network::BatchNormMode mode, const std::vector<float>& statistics = {});

/// Means and unbiased variances of the last forward pass in Frame mode, in the order of the layout.
std::vector<float> batch_statistics(const KernelFrame& frame, const network::ParameterLayout& layout);

}  // namespace difftrack::learn
