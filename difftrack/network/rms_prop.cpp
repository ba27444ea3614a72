// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/rms_prop.hpp"

#include <cmath>

namespace difftrack::network {

void RmsProp::step(const Config& config, std::span<const float> gradient, std::span<float> square_average,
                   std::span<float> parameters) {
  const auto alpha = static_cast<float>(config.alpha), rest = static_cast<float>(1.0 - config.alpha);
  const auto rate = static_cast<float>(config.learning_rate), epsilon = static_cast<float>(config.epsilon);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    square_average[i] = alpha * square_average[i] + rest * gradient[i] * gradient[i];
    parameters[i] -= rate * gradient[i] / (std::sqrt(square_average[i]) + epsilon);
  }
}

}  // namespace difftrack::network
