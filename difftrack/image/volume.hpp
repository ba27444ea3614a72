// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"

namespace difftrack::image {

/// Voxels about the axis of rotation, in the phantom's frame: x across, y vertical (slices), z along the beam at
/// rotation 0; x fastest, then y, then z.
struct Volume {
  std::array<std::int64_t, 3> counts{};  ///< along x, y, z
  std::array<double, 3> spacing{};       ///< [mm]
  std::vector<float> values;             ///< counts[0] * counts[1] * counts[2]

  std::size_t size() const { return values.size(); }
  /// Place of a voxel in `values`.
  std::size_t index(std::int64_t i, std::int64_t j, std::int64_t k) const {
    return static_cast<std::size_t>((k * counts[1] + j) * counts[0] + i);
  }
  /// Centre of voxel `i` along `axis` [mm]; the middle of the volume is 0.
  double centre(std::size_t axis, std::int64_t i) const {
    return spacing[axis] * (static_cast<double>(i) - 0.5 * static_cast<double>(counts[axis] - 1));
  }
};

/// How fine an image is.
struct GridConfig {
  std::int32_t pixels = 180;   ///< along x and z
  double pixel = 1.0;          ///< [mm]
  std::int32_t slices = 1;     ///< along y
  double slice_height = 60.0;  ///< [mm]

  static constexpr auto fields() {
    using core::field;
    return std::tuple{field("pixels", &GridConfig::pixels, "pixels", {8, 2048}, "Pixels along each side of a slice."),
                      field("pixel", &GridConfig::pixel, "mm", {0.05, 20.0}, "Width of a pixel."),
                      field("slices", &GridConfig::slices, "", {1, 2048}, "Number of slices."),
                      field("slice_height", &GridConfig::slice_height, "mm", {0.05, 1000.0}, "Height of a slice.")};
  }
};

/// A volume of zeros.
Volume make_volume(const GridConfig& grid);

}  // namespace difftrack::image
