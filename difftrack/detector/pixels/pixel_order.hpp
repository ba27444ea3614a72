// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/pixels.hpp"

namespace difftrack::detector {

/// One pixel of the whole detector as a number: layer << 48 | row << 24 | column. Each part below 2^24, layer below
/// 2^15.
constexpr std::uint64_t pixel_place(std::int32_t layer, std::int32_t row, std::int32_t column) {
  return static_cast<std::uint64_t>(layer) << 48 | static_cast<std::uint64_t>(row) << 24 |
         static_cast<std::uint64_t>(column);
}
constexpr std::int32_t column_of(std::uint64_t place) { return static_cast<std::int32_t>(place & 0xffffff); }
constexpr std::int32_t row_of(std::uint64_t place) { return static_cast<std::int32_t>(place >> 24 & 0xffffff); }
constexpr std::int32_t layer_of(std::uint64_t place) { return static_cast<std::int32_t>(place >> 48); }

/// Pixels in the order (frame, layer, row, column), as a permutation of the input rows.
struct PixelOrder {
  std::vector<std::uint32_t> row;         ///< row[i]: input row of the i-th pixel in order
  std::vector<std::uint64_t> place;       ///< pixel_place, one per ordered pixel
  std::vector<std::int64_t> frame_begin;  ///< readouts + 1 entries into the two above
};

/// Sorts; rows that are equal keep their input order.
/// Throws InputError (column and row number) for a pixel outside the matrix or a layer outside the detector.
PixelOrder order_pixels(const event::Pixels& pixels, const Detector& detector, int threads);

}  // namespace difftrack::detector
