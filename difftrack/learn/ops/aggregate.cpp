// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/aggregate.hpp"

#include <limits>

#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

namespace {

/// Index of the row that holds each maximum, or `edges` where no row arrives; shape (targets, columns).
torch::Tensor row_of_maximum(const torch::Tensor& rows, const torch::Tensor& target, std::int64_t targets) {
  const torch::NoGradGuard no_grad;
  const std::int64_t edges = rows.size(0), columns = rows.size(1);
  const torch::Tensor index = target.unsqueeze(1).expand({edges, columns});
  const torch::Tensor largest =
      torch::full({targets, columns}, -std::numeric_limits<double>::infinity(), rows.options())
          .scatter_reduce(0, index, rows.detach(), "amax");
  const torch::Tensor number = torch::arange(edges, target.options()).unsqueeze(1);
  const torch::Tensor candidate = torch::where(rows.detach() == largest.index_select(0, target), number,
                                               torch::full({1, 1}, edges, target.options()));
  return torch::full({targets, columns}, edges, target.options()).scatter_reduce(0, index, candidate, "amin");
}

}  // namespace

torch::Tensor segment_max(const torch::Tensor& rows, const torch::Tensor& target, std::int64_t targets) {
  const torch::Tensor none = torch::zeros({1, rows.size(1)}, rows.options());
  if (rows.size(0) == 0) return none.expand({targets, rows.size(1)});
  return torch::cat({rows, none}).gather(0, shim::without_warnings([&] {
                                           return row_of_maximum(rows, target, targets);
                                         }));
}

torch::Tensor aggregate(network::Aggregation how, const torch::Tensor& rows, const torch::Tensor& target,
                        std::int64_t targets) {
  if (how == network::Aggregation::Max) return segment_max(rows, target, targets);
  const torch::Tensor sum = torch::zeros({targets, rows.size(1)}, rows.options()).index_add(0, target, rows);
  if (how == network::Aggregation::Sum) return sum;
  const torch::Tensor one = torch::ones({rows.size(0)}, rows.options());
  const torch::Tensor count = torch::zeros({targets}, rows.options()).index_add(0, target, one);
  return sum / count.clamp_min(1.0).unsqueeze(1);
}

}  // namespace difftrack::learn
