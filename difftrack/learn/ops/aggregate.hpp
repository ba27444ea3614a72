// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "difftrack/network/description.hpp"

namespace difftrack::learn {

/// Maximum over the rows that arrive at each target, column by column; 0 where none arrives.
///
/// Forward: out[t, c] = max over e with target[e] == t of rows[e, c]. Backward: the gradient goes to the row that holds
/// the maximum, to the first one (smallest e) where several are equal; exact wherever the maximum is unique. Composed
/// of differentiable operations, so that second derivatives exist, on any device.
/// Shapes: rows (edges, columns), target (edges) int64 in [0, targets); result (targets, columns).
torch::Tensor segment_max(const torch::Tensor& rows, const torch::Tensor& target, std::int64_t targets);

/// The rows that arrive at each target as one, as the description says: maximum (segment_max), sum or mean; 0 where
/// none arrives. Shapes as above. Second derivatives exist, on any device.
torch::Tensor aggregate(network::Aggregation how, const torch::Tensor& rows, const torch::Tensor& target,
                        std::int64_t targets);

}  // namespace difftrack::learn
