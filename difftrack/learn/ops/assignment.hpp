// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <span>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/estimators.hpp"

namespace difftrack::learn {

/// How segments are assigned in training, and how the gradient gets through.
struct AssignmentOptions {
  assign::AssignConfig assign;
  assign::EstimatorConfig estimator;
  double margin = 0.0;                   ///< α: false segments gain α/2, true ones lose it, before solving
  std::span<const std::uint8_t> labels;  ///< truth per segment, for the margin and for assignment_own_loss
  std::uint64_t stream = 0;              ///< of the estimator's noise: one number per frame and step
};

/// The differentiable assignment of one frame, all layer pairs at once.
///
/// Forward: Y(C) in {0, 1} with C = 1 - p, per layer pair (assign/assign_layers.hpp). Backward: an estimate of dL/dp
/// from dL/dY (assign/estimators.hpp), by default the blackbox estimate in the published or the scale-free convention;
/// solves of perturbed costs start from the duals of the forward pass. What is approximated: Y is piecewise constant,
/// its gradient is that of an interpolation. The margin shifts p before solving and is a constant to the gradient.
/// No second derivatives. Source: Vlastelica et al., ICLR 2020, arXiv:1912.02175.
///
/// `scores` has shape (segments), float, values in [0, 1], on any device; the result is float of the same shape and
/// device. `segments` must outlive the forward pass only. Throws InputError for an estimator that is a loss.
torch::Tensor assign_segments(const torch::Tensor& scores, const assign::Segments& segments,
                              const AssignmentOptions& options);

/// The loss of an estimator that has one of its own (spo_plus, fenchel_young), per segment: shape (segments) → ().
torch::Tensor assignment_own_loss(const torch::Tensor& scores, const assign::Segments& segments,
                                  const AssignmentOptions& options);

}  // namespace difftrack::learn
