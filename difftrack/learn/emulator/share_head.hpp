// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

/// What a table of pools makes of a network's outputs, with gradients: of what is in each source column, shares go to
/// the allowed places and the rest stays, so that sums are kept and nothing gets negative, whatever the outputs are.
/// The pools as index lists and matrices, so that a batch takes a handful of operations.
class ShareHead {
 public:
  /// For `outputs` outputs of the network and changes of `columns` columns. Pools whose `first` is equal share theirs.
  ShareHead(std::span<const aerosol::Pool> pools, std::int64_t outputs, std::int64_t columns);

  /// Change of each column, [n, columns]. `weights` are exponentials of the outputs, [n, outputs]; `before` what is in
  /// the source columns, [n, ·].
  torch::Tensor operator()(const torch::Tensor& weights, const torch::Tensor& before) const;

 private:
  torch::Tensor group_sum_, group_of_;      // [outputs, groups], [outputs]
  torch::Tensor source_, output_, effect_;  // [flows], [flows], [flows, columns]
};

}  // namespace difftrack::learn
