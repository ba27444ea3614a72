// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace difftrack::assign {

/// How two matchings of the same segments differ, summed over frames.
struct Disagreement {
  std::int64_t segments = 0;   ///< over all frames
  std::int64_t different = 0;  ///< segments that only one of them assigns
  std::int64_t wrong_a = 0;    ///< segments where A differs from the truth
  std::int64_t wrong_b = 0;    ///< the same of B

  /// Adds one frame: Y of A, Y of B and truth, one per segment.
  void add(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, std::span<const std::uint8_t> truth);

  /// (m - |qA - qB|) / (min(qA + qB, 1) - |qA - qB|) with m the share of segments on which A and B differ and qA, qB
  /// their shares of errors: 0 when they differ as little as their error rates allow, 1 when as much
  /// (docs/method.md section 8). 0 when the error rates leave no room, NaN without segments.
  double normalised() const;
};

}  // namespace difftrack::assign
