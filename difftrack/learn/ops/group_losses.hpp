// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace difftrack::learn {

/// The two losses of the method, each as two group means (docs/method.md section 4): [0] over the segments that touch a
/// tracking layer, [1] over the rest; a group without segments has mean 0. The loss that is minimised is the sum of
/// both.
///
/// `labels` and `tracker` have shape (segments), dtype float, values 0 or 1.

/// Means over each group of `values`, shape (segments) → (2).
torch::Tensor group_means(const torch::Tensor& values, const torch::Tensor& tracker);

/// Binary cross-entropy of sigmoid(logits), each logarithm bounded by -100 as in the published code; → (2).
torch::Tensor bce_group_means(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& tracker);

/// Hamming loss y(1 - t) + (1 - y)t of an assignment y in {0, 1}; → (2).
torch::Tensor hamming_group_means(const torch::Tensor& assigned, const torch::Tensor& labels,
                                  const torch::Tensor& tracker);

}  // namespace difftrack::learn
