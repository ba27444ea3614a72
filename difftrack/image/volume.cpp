// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/volume.hpp"

namespace difftrack::image {

Volume make_volume(const GridConfig& grid) {
  core::check_fields(grid, "");
  Volume volume{{grid.pixels, grid.slices, grid.pixels}, {grid.pixel, grid.slice_height, grid.pixel}, {}};
  volume.values.assign(static_cast<std::size_t>(grid.pixels) * static_cast<std::size_t>(grid.pixels) *
                           static_cast<std::size_t>(grid.slices),
                       0.0F);
  return volume;
}

}  // namespace difftrack::image
