// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace difftrack::event {

/// A three-dimensional image as stored in MetaImage files, x fastest.
struct MetaImage {
  std::array<std::int64_t, 3> counts{};  ///< voxels along x, y, z
  std::array<double, 3> spacing{};       ///< [mm]
  std::vector<float> values;             ///< counts[0] * counts[1] * counts[2]
};

/// Reads header and voxels. Throws InputError with file, key and value.
MetaImage read_meta_image(const std::string& path);

/// Header of a MetaImage of little-endian floats, of any number of dimensions; `data_file` is the name of the raw file,
/// or "LOCAL" for voxels that follow at once. `offset` [mm] is the centre of the first voxel, `channels` values stand
/// in each. The header ends where the voxels of LOCAL begin.
std::string meta_image_header(std::span<const std::int64_t> counts, std::span<const double> spacing,
                              std::span<const double> offset, std::int32_t channels, const std::string& data_file);

/// Header and voxels in one file (.mha), the middle of the image at 0; whole or not at all. Throws InputError when it
/// cannot be written.
void write_meta_image(const std::string& path, const MetaImage& image);

}  // namespace difftrack::event
