// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/beam.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {

double BeamConfig::correlation() const {
  // In mm mrad, as both are given and told.
  const double own = emittance / units::mrad, largest = std::numbers::pi * sigma * (divergence / units::mrad);
  if (!(largest > 0.0)) return 0.0;
  if (own > largest * (1.0 + 1e-9))
    throw core::InputError({"", "emittance", std::to_string(own) + " mm mrad"},
                           "exceeds pi sigma divergence = " + std::to_string(largest) + " mm mrad");
  const double ratio = own / largest;
  return std::sqrt(std::max(0.0, 1.0 - ratio * ratio)) * (convergent ? -1.0 : 1.0);
}

}  // namespace difftrack::detector
