// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace difftrack::simulate {

/// A three-dimensional image as stored in MetaImage files, x fastest.
struct MetaImage {
  std::array<std::int64_t, 3> counts{};  ///< voxels along x, y, z
  std::array<double, 3> spacing{};       ///< [mm]
  std::vector<float> values;             ///< counts[0] * counts[1] * counts[2]
};

/// Reads header and voxels. Throws InputError with file, key and value.
MetaImage read_meta_image(const std::string& path);

}  // namespace difftrack::simulate
