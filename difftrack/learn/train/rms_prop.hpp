// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"

namespace difftrack::learn {

/// RMSprop without momentum (Tieleman and Hinton, 2012), the arithmetic of torch::optim::RMSprop in float32:
///   v ← α v + (1 - α) g²,   x ← x - η g / (√v + ε).
/// The state is one flat array, so that a checkpoint restores it to the bit.
struct RmsProp {
  /// Options; units and ranges stand in fields().
  struct Config {
    double learning_rate = 1e-3;
    double alpha = 0.99;
    double epsilon = 1e-8;
    static constexpr auto fields() {
      return std::tuple{
          core::field("learning_rate", &Config::learning_rate, "", {0.0, 10.0}, "Step size of RMSprop, constant."),
          core::field("alpha", &Config::alpha, "", {0.0, 1.0}, "Decay of RMSprop's mean of squared gradients."),
          core::field("epsilon", &Config::epsilon, "", {0.0, 1.0}, "Summand to the root of that mean."),
      };
    }
  };

  /// One step; all of the same length. `square_average` is the state, zero at the start.
  static void step(const Config& config, std::span<const float> gradient, std::span<float> square_average,
                   std::span<float> parameters);
};

}  // namespace difftrack::learn
