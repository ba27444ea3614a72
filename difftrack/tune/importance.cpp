// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/importance.hpp"

#include <cstdint>
#include <span>

#include "difftrack/tune/sobol.hpp"

namespace difftrack::tune {

std::vector<double> importance(const Proposer& proposer) {
  constexpr std::uint32_t kPairs = 512;
  const Space& space = proposer.space();
  const std::size_t p = space.parameters().size();
  const auto mean = [&](std::span<const double> unit) { return proposer.process().mean(space.encode(space.at(unit))); };
  std::vector<double> total(p, 0.0);
  double sum = 0.0, square = 0.0;
  for (std::uint32_t k = 0; k < kPairs; ++k) {
    const std::vector<double> both = sobol_point(k, 2 * p, 1);
    std::vector<double> unit(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(p));
    const double here = mean(unit);
    sum += here;
    square += here * here;
    for (std::size_t i = 0; i < p; ++i) {
      const double kept = unit[i];
      unit[i] = both[p + i];
      const double change = mean(unit) - here;
      total[i] += 0.5 * change * change;
      unit[i] = kept;
    }
  }
  const double variance = square - sum * sum / kPairs;
  for (double& each : total) each = variance > 0.0 ? each / variance : 0.0;
  return total;
}

}  // namespace difftrack::tune
