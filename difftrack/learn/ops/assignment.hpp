// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <span>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"

namespace difftrack::learn {

/// How segments are assigned in training, and how the gradient gets through.
struct AssignmentOptions {
  assign::AssignConfig assign;
  assign::BlackboxConfig blackbox;
  double margin = 0.0;                   ///< α: false segments gain α/2, true ones lose it, before solving
  std::span<const std::uint8_t> labels;  ///< truth per segment, for the margin
};

/// The differentiable assignment of one frame, all layer pairs at once.
///
/// Forward: Y(C) in {0, 1} with C = 1 - p, per layer pair (assign/assign_layers.hpp). Backward: the blackbox estimate of
/// dL/dp from dL/dY (assign/blackbox.hpp), in the published or the scale-free convention; the solve of the perturbed
/// costs starts from the duals of the forward pass. What is approximated: Y is piecewise constant, its gradient is that
/// of an interpolation. The margin shifts p before solving and is a constant to the gradient. No second derivatives.
/// Source: Vlastelica et al., ICLR 2020, arXiv:1912.02175.
///
/// `scores` has shape (segments), float, values in [0, 1], on any device; the result is float of the same shape and
/// device. `segments` must outlive the forward pass only.
torch::Tensor assign_segments(const torch::Tensor& scores, const assign::Segments& segments,
                              const AssignmentOptions& options);

}  // namespace difftrack::learn
