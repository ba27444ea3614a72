// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/disagreement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::assign {

void Disagreement::add(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b,
                       std::span<const std::uint8_t> truth) {
  if (a.size() != b.size() || a.size() != truth.size())
    throw core::InputError(
        {"", "assigned", std::to_string(b.size())},
        "both matchings and the truth must be of the same segments (" + std::to_string(a.size()) + ")");
  segments += static_cast<std::int64_t>(a.size());
  for (std::size_t s = 0; s < a.size(); ++s) {
    different += a[s] != b[s];
    wrong_a += a[s] != truth[s];
    wrong_b += b[s] != truth[s];
  }
}

double Disagreement::normalised() const {
  if (segments == 0) return std::numeric_limits<double>::quiet_NaN();
  const std::int64_t least = std::abs(wrong_a - wrong_b);
  const std::int64_t room = std::min(wrong_a + wrong_b, segments) - least;
  return room == 0 ? 0.0 : static_cast<double>(different - least) / static_cast<double>(room);
}

}  // namespace difftrack::assign
