// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/kink.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace difftrack::track {

double kink(const event::Hits& hits, std::int32_t a, std::int32_t b, std::int32_t c) {
  const auto step = [](const std::vector<float>& v, std::int32_t from, std::int32_t to) {
    return static_cast<double>(v[static_cast<std::size_t>(to)]) -
           static_cast<double>(v[static_cast<std::size_t>(from)]);
  };
  const double ux = step(hits.x, a, b), uy = step(hits.y, a, b), uz = step(hits.z, a, b);
  const double vx = step(hits.x, b, c), vy = step(hits.y, b, c), vz = step(hits.z, b, c);
  const double cross = std::hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
  return std::atan2(cross, ux * vx + uy * vy + uz * vz);
}

}  // namespace difftrack::track
