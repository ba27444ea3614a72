// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace difftrack::learn {

/// A loss whose value and gradient were computed elsewhere, without LibTorch, as a node of LibTorch's graph.
///
/// Forward: `value`, shape (), whatever `scores` holds. Backward: dL/dscores = dL/dvalue · `gradient`. Exact as far as
/// the gradient given is; nothing is checked against the value. No second derivatives: the gradient is a constant.
/// `gradient` has the shape, type and device of `scores`; any of them. Throws c10::Error for another shape.
torch::Tensor loss_with_gradient(const torch::Tensor& scores, double value, const torch::Tensor& gradient);

}  // namespace difftrack::learn
