// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "difftrack/image/volume.hpp"

namespace difftrack::image {

/// What errors of an image do to ranges: they add up along a ray.
struct RayScore {
  std::int64_t rays = 0;  ///< that cross the phantom
  double mean = 0.0;      ///< [mm] of WEPL too much along them
  double rms = 0.0;       ///< [mm] of that
};

/// Straight rays within the slices, every 3 degrees of half a turn and every 2 mm across, from where each enters the
/// phantom to where it leaves it: the integral of `image` minus that of `expected`. Both have one value per voxel;
/// voxels expected above `phantom` are the phantom, and what lies between two of them on a ray counts, too. A ray is
/// looked at in steps of half a pixel along x, in the voxel that holds the point. Complexity: O(pixels of a slice) for
/// each slice and direction.
RayScore score_rays(const Volume& image, std::span<const double> expected, double phantom);

}  // namespace difftrack::image
