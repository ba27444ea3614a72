// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace difftrack::plot {

/// Values of a regular grid as a picture in grey, for grids of too many cells for a HeatMap.
struct Raster {
  std::string title;           ///< names the CSV
  std::vector<float> values;   ///< (height, width), the first row on top
  std::int64_t width = 0;      ///< columns
  std::int64_t height = 0;     ///< rows
  double low = 0.0;            ///< value that is black, and all below
  double high = 1.0;           ///< value that is white, and all above
  std::int64_t magnified = 1;  ///< pixels along each side of a value
  std::string note = {};       ///< a sentence below
};

/// Bytes of the PNG in 8 bits of grey. Throws core::InputError where the values are not width x height.
std::string png(const Raster& raster);

}  // namespace difftrack::plot
