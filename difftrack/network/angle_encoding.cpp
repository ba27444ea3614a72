// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/angle_encoding.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::network {

std::vector<double> encoding_frequencies(std::size_t n, double scale) {
  const auto rate = static_cast<float>(-std::log(scale) / (2.0 * static_cast<double>(n)));
  std::vector<double> w(n);
  for (std::size_t i = 0; i < n; ++i) w[i] = std::exp(static_cast<float>(2 * i) * rate);
  return w;
}

const std::array<double, kEncodingFrequencies>& encoding_frequencies() {
  static const auto frequencies = [] {
    std::array<double, kEncodingFrequencies> w{};
    std::ranges::copy(encoding_frequencies(w.size(), 0.001), w.begin());
    return w;
  }();
  return frequencies;
}

}  // namespace difftrack::network
