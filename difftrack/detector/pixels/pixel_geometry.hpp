// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/detector/description.hpp"

namespace difftrack::detector {

/// Where the pixels of a matrix lie.
///   Spread: all pixels equally wide over the whole extent, chip gaps shared out among them (the published addressing
///           of the Bergen DTC, 9216 x 6144 pixels over +-135.4 x +-83.15 mm); at most half a gap off the truth.
///   Chips:  pixels at their true pitch, chips separated by equal gaps; what falls into a gap is in no pixel.
enum class PixelLayout { Spread, Chips };

/// One direction of a pixel matrix: pixel index <-> position [mm], symmetric about 0. Index i covers a half-open
/// interval, except the last, which includes the upper edge of the matrix.
class PixelAxis {
 public:
  /// `half_extent` and `pitch` in mm; `pixels_per_chip` 0: one chip.
  PixelAxis(std::int32_t pixels, double half_extent, double pitch, std::int32_t pixels_per_chip, PixelLayout layout);

  std::int32_t pixels() const { return pixels_; }
  double pitch() const { return pitch_; }  ///< [mm] of one pixel
  double gap() const { return gap_; }      ///< [mm] between two chips; 0 for Spread or one chip

  /// Index of the pixel that contains `position` [mm]; -1 outside the matrix, in a gap, or for NaN.
  std::int32_t index(double position) const {
    const double from_edge = position + half_extent_;
    if (!(from_edge >= 0.0) || from_edge > 2.0 * half_extent_) return -1;
    const auto chip = clamp(static_cast<std::int32_t>(from_edge / (chip_width_ + gap_)), chips_);
    const double in_chip = from_edge - chip * (chip_width_ + gap_);
    if (in_chip > chip_width_ && chip + 1 < chips_) return -1;
    return chip * per_chip_ + clamp(static_cast<std::int32_t>(in_chip / pitch_), per_chip_);
  }

  /// Centre of a pixel [mm]; index in [0, pixels()).
  double centre(std::int32_t index) const {
    const std::int32_t chip = index / per_chip_;
    return -half_extent_ + chip * (chip_width_ + gap_) + (index - chip * per_chip_ + 0.5) * pitch_;
  }

  /// Number of the chip that a pixel belongs to, also for Spread; 0 when the matrix is one chip.
  std::int32_t chip(std::int32_t index) const { return index / chip_pixels_; }
  std::int32_t pixels_per_chip() const { return chip_pixels_; }

 private:
  static std::int32_t clamp(std::int32_t i, std::int32_t n) { return i < n ? i : n - 1; }

  std::int32_t pixels_, chips_, per_chip_, chip_pixels_;
  double half_extent_, pitch_, chip_width_, gap_;
};

/// Both directions of a detector's pixel matrix.
/// Throws InputError (field "pixels.…") when the matrix is empty, does not divide into chips, or its chips do not fit.
struct PixelGeometry {
  /// Lengths of the matrix in mm.
  explicit PixelGeometry(const PixelMatrix& matrix, PixelLayout layout = PixelLayout::Spread);

  PixelAxis x;  ///< columns
  PixelAxis y;  ///< rows
};

}  // namespace difftrack::detector
