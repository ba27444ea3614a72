// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/angle_encoding.hpp"

#include <cmath>

namespace difftrack::network {

const std::array<double, kEncodingFrequencies>& encoding_frequencies() {
  static const auto frequencies = [] {
    const auto rate = static_cast<float>(-std::log(0.001) / (2.0 * kEncodingFrequencies));
    std::array<double, kEncodingFrequencies> w{};
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = std::exp(static_cast<float>(2 * i) * rate);
    return w;
  }();
  return frequencies;
}

}  // namespace difftrack::network
