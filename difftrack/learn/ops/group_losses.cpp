// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/group_losses.hpp"

namespace difftrack::learn {

torch::Tensor group_means(const torch::Tensor& values, const torch::Tensor& tracker) {
  const torch::Tensor rest = 1 - tracker;
  return torch::stack(
      {(values * tracker).sum() / tracker.sum().clamp_min(1), (values * rest).sum() / rest.sum().clamp_min(1)});
}

torch::Tensor bce_group_means(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& tracker) {
  // log sigmoid(x) computed from the logit: the same number as log(p) without its rounding where p is near 0 or 1.
  const torch::Tensor log_p = torch::log_sigmoid(logits).clamp_min(-100);
  const torch::Tensor log_q = torch::log_sigmoid(-logits).clamp_min(-100);
  return group_means(-(labels * log_p + (1 - labels) * log_q), tracker);
}

torch::Tensor hamming_group_means(const torch::Tensor& assigned, const torch::Tensor& labels,
                                  const torch::Tensor& tracker) {
  return group_means(assigned * (1 - labels) + (1 - assigned) * labels, tracker);
}

}  // namespace difftrack::learn
