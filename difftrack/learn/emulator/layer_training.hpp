// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "difftrack/core/fields.hpp"

namespace difftrack::learn {

/// How the emulator of a calorimeter layer is trained.
struct LayerTraining {
  std::int32_t hidden = 32;
  std::int32_t epochs = 20;
  std::int32_t batch = 256;
  double learning_rate = 5e-3;
  std::int64_t seed = 1;

  static constexpr auto fields() {
    using C = LayerTraining;
    using core::field;
    return std::tuple{
        field("hidden", &C::hidden, "", {4, 512}, "Number of units of each of the two hidden layers."),
        field("epochs", &C::epochs, "", {1, 10000}, "Number of times that all protons are seen."),
        field("batch", &C::batch, "", {1, 1e6}, "Number of protons of a step."),
        field("learning_rate", &C::learning_rate, "", {1e-7, 1}, "Rate of Adam at first; falls to 0 as a cosine."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of weights and of the order of protons.")};
  }
};

}  // namespace difftrack::learn
