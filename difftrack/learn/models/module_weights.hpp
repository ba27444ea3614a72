// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "difftrack/network/weights.hpp"

namespace difftrack::learn {

/// Parameters and running statistics of a module by path (`R1.layers.0.weight` …), without metadata.
/// BatchNorm's count of batches is left out: with a fixed momentum nothing depends on it.
network::Weights to_weights(const torch::nn::Module& module);

/// Writes `weights` into the module. Throws InputError with `source`, path and shape when a tensor is missing, unknown
/// (`num_batches_tracked` is ignored) or of another shape; the module is unchanged then.
void load_weights(torch::nn::Module& module, const network::Weights& weights, const std::string& source);

}  // namespace difftrack::learn
