// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "difftrack/network/angle_encoding.hpp"

namespace difftrack::network::kernels {

/// The uniform grid over s = √θ on which functions of the kink angle are tabulated, 0 … √π.
///
/// A function is kept as value and slope at each node and interpolated by the cubic Hermite polynomial, whose error is
/// h⁴/384 times the fourth derivative. For sin(w s) that is (h w)⁴ / 384: 6e-6 at the highest of the 64 frequencies
/// (w = 897, h w = 0.22), half of it once centred (angle_table.cpp), and falling by a third from one frequency to the
/// next, so that a sum over all of them with weights of one size has an error below 1e-6 of its own size
/// (tests/network/angle_table_test.cpp). At hidden 16 the nodes below √0.8 rad, the largest kink that the angular
/// filter leaves, take 470 KB: they stay in a 1 MiB L2. The spacing is a power of two, so that s · kPerUnit is exact.
struct AngleGrid {
  static constexpr int kFrequencies = static_cast<int>(kEncodingFrequencies);
  static constexpr double kPerUnit = 4096.0;       ///< nodes per unit of s
  static constexpr double kStep = 1.0 / kPerUnit;  ///< h
  static constexpr int kNodes = 7262;              ///< covers √π = 1.77245
  static constexpr int kLastBin = kNodes - 2;      ///< largest left node of an interval

  /// Nodes needed for angles up to the one whose root is `s`.
  static int nodes_up_to(float s);
};

/// sin(w_i s_n) for i = 0 … 63, then cos(w_i s_n): shape (kNodes, 128), computed once per process.
const std::vector<float>& encoding_at_nodes();

/// Column of the published, interleaved encoding (sin, cos, sin, …) for planar column m of encoding_at_nodes().
constexpr int interleaved_column(int m) {
  return m < AngleGrid::kFrequencies ? 2 * m : 2 * (m - AngleGrid::kFrequencies) + 1;
}

}  // namespace difftrack::network::kernels
