// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/share_head.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace difftrack::learn {

ShareHead::ShareHead(std::span<const aerosol::Pool> pools, std::int64_t outputs, std::int64_t columns) {
  std::vector<std::int64_t> group(static_cast<std::size_t>(outputs)), from, by;
  std::vector<std::array<std::int64_t, 2>> to;
  std::vector<std::size_t> seen;
  for (const aerosol::Pool& pool : pools) {
    if (std::find(seen.begin(), seen.end(), pool.first) == seen.end()) {
      for (std::size_t j = 0; j < pool.targets; ++j) group[pool.first + j] = static_cast<std::int64_t>(seen.size());
      seen.push_back(pool.first);
    }
    for (std::size_t j = 0; j < pool.targets; ++j) {
      from.push_back(static_cast<std::int64_t>(pool.source));
      by.push_back(static_cast<std::int64_t>(pool.first + j));
      to.push_back({pool.rest, pool.to[j]});
    }
  }
  group_of_ = torch::tensor(group);
  group_sum_ = torch::zeros({outputs, static_cast<std::int64_t>(seen.size())});
  for (std::int64_t o = 0; o < outputs; ++o) group_sum_.index_put_({o, group[static_cast<std::size_t>(o)]}, 1.0F);
  source_ = torch::tensor(from);
  output_ = torch::tensor(by);
  effect_ = torch::zeros({static_cast<std::int64_t>(to.size()), columns});
  for (std::size_t f = 0; f < to.size(); ++f) {
    const auto row = static_cast<std::int64_t>(f);
    if (to[f][0] >= 0) effect_.index_put_({row, to[f][0]}, -1.0F);
    if (to[f][1] >= 0) effect_.index_put_({row, to[f][1]}, 1.0F);
  }
}

torch::Tensor ShareHead::operator()(const torch::Tensor& weights, const torch::Tensor& before) const {
  const torch::Tensor sum = 1.0 + weights.matmul(group_sum_.to(weights.dtype()));
  const torch::Tensor share = weights / sum.index_select(1, group_of_);
  const torch::Tensor moved = before.index_select(1, source_) * share.index_select(1, output_);
  return moved.matmul(effect_.to(moved.dtype()));
}

}  // namespace difftrack::learn
