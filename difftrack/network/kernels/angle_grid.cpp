// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/angle_grid.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::network::kernels {

int AngleGrid::nodes_up_to(float s) {
  return std::min(static_cast<int>(static_cast<double>(s) * kPerUnit) + 3, kNodes);
}

const std::vector<float>& encoding_at_nodes() {
  static const auto table = [] {
    constexpr std::size_t kF = AngleGrid::kFrequencies;
    std::vector<float> values(std::size_t{AngleGrid::kNodes} * 2 * kF);
    const auto& w = encoding_frequencies();
    for (std::size_t i = 0; i < kF; ++i) {
      // One rotation by w h per node: in double the error grows to a few 1e-13 only.
      const double step_cos = std::cos(w[i] * AngleGrid::kStep), step_sin = std::sin(w[i] * AngleGrid::kStep);
      double c = 1.0, s = 0.0;
      for (std::size_t n = 0; n < std::size_t{AngleGrid::kNodes}; ++n) {
        values[n * 2 * kF + i] = static_cast<float>(s);
        values[n * 2 * kF + kF + i] = static_cast<float>(c);
        const double next = c * step_cos - s * step_sin;
        s = s * step_cos + c * step_sin;
        c = next;
      }
    }
    return values;
  }();
  return table;
}

}  // namespace difftrack::network::kernels
