// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/ray_score.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace difftrack::image {

namespace {

constexpr int kDirections = 60;    // of half a turn
constexpr double kDistance = 2.0;  // [mm] of neighbouring rays

struct Ray {
  double x, z;              // [mm] a point of it
  double along_x, along_z;  // unit vector
};

/// Integral of the difference from the first to the last point in the phantom [mm]; false when there is none.
bool integral(const Volume& image, std::span<const double> expected, double phantom, std::int64_t slice, const Ray& ray,
              double reach, double& result) {
  const double step = 0.5 * image.spacing[0];
  const auto steps = static_cast<std::int64_t>(reach / step);
  double open = 0.0;  // what has been added up since the last point in the phantom
  bool inside = false;
  result = 0.0;
  for (std::int64_t s = -steps; s <= steps; ++s) {
    const double at = step * static_cast<double>(s);
    const auto voxel = [&](std::size_t axis, double position) {
      return static_cast<std::int64_t>(
          std::floor(position / image.spacing[axis] + 0.5 * static_cast<double>(image.counts[axis])));
    };
    const std::int64_t i = voxel(0, ray.x + at * ray.along_x), k = voxel(2, ray.z + at * ray.along_z);
    if (i < 0 || k < 0 || i >= image.counts[0] || k >= image.counts[2]) continue;
    const std::size_t v = image.index(i, slice, k);
    const bool here = expected[v] > phantom;
    inside = inside || here;
    if (!inside) continue;
    open += step * (static_cast<double>(image.values[v]) - expected[v]);
    if (here) {
      result += open;
      open = 0.0;
    }
  }
  return inside;
}

}  // namespace

RayScore score_rays(const Volume& image, std::span<const double> expected, double phantom) {
  RayScore score;
  const double reach = 0.5 * std::hypot(image.spacing[0] * static_cast<double>(image.counts[0]),
                                        image.spacing[2] * static_cast<double>(image.counts[2]));
  const auto across = static_cast<std::int64_t>(reach / kDistance);
  double square = 0.0;
  for (std::int64_t slice = 0; slice < image.counts[1]; ++slice)
    for (int d = 0; d < kDirections; ++d) {
      const double angle = std::numbers::pi * d / kDirections;
      for (std::int64_t n = -across; n <= across; ++n) {
        const double offset = kDistance * static_cast<double>(n);
        const Ray ray{-offset * std::sin(angle), offset * std::cos(angle), std::cos(angle), std::sin(angle)};
        double difference = 0.0;
        if (!integral(image, expected, phantom, slice, ray, reach, difference)) continue;
        ++score.rays;
        score.mean += difference;
        square += difference * difference;
      }
    }
  const auto n = static_cast<double>(std::max<std::int64_t>(1, score.rays));
  score.mean /= n;
  score.rms = std::sqrt(square / n);
  return score;
}

}  // namespace difftrack::image
