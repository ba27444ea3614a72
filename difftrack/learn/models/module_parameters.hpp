// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

/// The order of network::ParameterLayout is the order of a module's parameters() and buffers() (without BatchNorm's
/// count of batches), so that modules and flat vectors convert by concatenation.

/// Parameters and running statistics of a module, as float on the CPU.
network::FlatParameters flat_parameters(const torch::nn::Module& module);

/// Writes them into a module of the same architecture, on any device and of any floating type.
void load_parameters(torch::nn::Module& module, const network::FlatParameters& flat);

/// Tensors shaped like the module's parameters joined into one vector, on the CPU; undefined tensors count as 0.
std::vector<float> flatten_like_parameters(const torch::nn::Module& module, const std::vector<torch::Tensor>& tensors);

/// Sets the momentum of every BatchNorm. With 1 the running statistics become those of the last batch, which is how
/// training reads the statistics of each frame.
void set_batch_norm_momentum(torch::nn::Module& module, double momentum);

/// Random weights as PyTorch's Linear layers have by default: uniform in ±1/√in; BatchNorm starts as the identity.
/// A function of layout and seed alone (counter-based stream), not of the LibTorch version.
network::FlatParameters initial_parameters(const network::ParameterLayout& layout, std::uint64_t seed);

}  // namespace difftrack::learn
