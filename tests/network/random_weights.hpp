// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>

#include "difftrack/core/random.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network {

/// Numbers as of a network in training: Linear weights ~ 1/√in, BatchNorm weights near 1, variances that fit the
/// columns of the input (positions in mm), so that activations stay of order 1.
inline FlatParameters random_parameters(const ParameterLayout& layout, std::uint64_t seed) {
  FlatParameters flat{std::vector<float>(layout.n_parameters), std::vector<float>(layout.n_statistics)};
  core::RandomStream random(seed, 0);
  const auto fill_norm = [&](const NormSlices& norm, bool raw) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(norm.width); ++c) {
      flat.values[norm.weight + c] = static_cast<float>(1.0 + 0.2 * random.normal());
      flat.values[norm.bias + c] = static_cast<float>(0.2 * random.normal());
      flat.statistics[norm.mean + c] = static_cast<float>(0.2 * random.normal());
      flat.statistics[norm.var + c] = static_cast<float>(0.5 + random.uniform());
      const std::size_t feature = c % 8;  // edep, edep, x, y, z, x, y, z
      if (raw && c < (norm.width == 8 + layout.description.hidden ? 8U : 16U)) {
        const bool depth = feature == 4 || feature == 7;
        flat.statistics[norm.mean + c] = feature < 2 ? 0.01F : depth ? 420.0F : 0.0F;
        flat.statistics[norm.var + c] = feature < 2 ? 1e-4F : depth ? 3600.0F : 30.0F;
      }
    }
  };
  for (const auto* perceptron : layout.perceptrons()) {
    for (std::size_t k = 0; k < 3; ++k) {
      fill_norm(perceptron->norm[k],
                k == 0 && (perceptron == &layout.steps[0].relational || perceptron == &layout.steps[0].object));
      const auto& linear = perceptron->linear[k];
      const double scale = 1.0 / std::sqrt(linear.in);
      for (std::size_t i = 0; i < static_cast<std::size_t>(linear.in * linear.out); ++i)
        flat.values[linear.weight + i] = static_cast<float>(scale * random.normal());
      for (std::size_t i = 0; i < static_cast<std::size_t>(linear.out); ++i)
        flat.values[linear.bias + i] = static_cast<float>(0.2 * random.normal());
    }
    if (perceptron->object) fill_norm(perceptron->norm[3], false);
  }
  return flat;
}

/// Weights stored as npz with module paths for keys (tests/data/golden/weights_*.npz).
inline Weights npz_weights(const std::string& path) {
  const event::NpzFile file(path);
  Weights weights;
  for (const auto& key : file.keys()) {
    const auto array = file.read(key);
    weights.tensors[key] = {array.shape, array.as<float>()};
  }
  return weights;
}

}  // namespace difftrack::network
