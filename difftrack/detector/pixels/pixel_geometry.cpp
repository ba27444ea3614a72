// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixel_geometry.hpp"

#include <fmt/format.h>

#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {
namespace {

constexpr double kRounding = 1e-6;  // [mm] slack for extents that are written with few digits

PixelAxis make_axis(const char* count_name, const char* extent_name, const char* pitch_name, const char* chip_name,
                    std::int32_t pixels, double half_extent, double pitch, std::int32_t per_chip, PixelLayout layout) {
  const auto fail = [](const char* name, double value, const char* problem) {
    throw core::InputError({"", std::string("pixels.") + name, fmt::format("{}", value)}, problem);
  };
  if (pixels <= 0) fail(count_name, pixels, "must be at least 1: this detector describes no pixel matrix");
  if (!(half_extent > 0.0)) fail(extent_name, half_extent, "must be above 0 mm");
  if (per_chip < 0 || (per_chip > 0 && pixels % per_chip != 0))
    fail(chip_name, per_chip, "must divide the number of pixels in that direction (0: one chip)");
  if (layout == PixelLayout::Chips) {
    if (!(pitch > 0.0)) fail(pitch_name, pitch, "must be above 0 mm to lay out single chips");
    if (pixels * pitch > 2.0 * half_extent + kRounding)
      fail(pitch_name, pitch, "makes the chips wider than the matrix");
  }
  return {pixels, half_extent, pitch, per_chip, layout};
}

}  // namespace

PixelAxis::PixelAxis(std::int32_t pixels, double half_extent, double pitch, std::int32_t pixels_per_chip,
                     PixelLayout layout)
    : pixels_(pixels), chip_pixels_(pixels_per_chip > 0 ? pixels_per_chip : pixels), half_extent_(half_extent) {
  const bool one_piece = layout == PixelLayout::Spread || chip_pixels_ == pixels;
  chips_ = one_piece ? 1 : pixels / chip_pixels_;
  per_chip_ = one_piece ? pixels : chip_pixels_;
  pitch_ = one_piece ? 2.0 * half_extent / pixels : pitch;
  chip_width_ = per_chip_ * pitch_;
  gap_ = one_piece ? 0.0 : (2.0 * half_extent - chips_ * chip_width_) / (chips_ - 1);
}

PixelGeometry::PixelGeometry(const PixelMatrix& m, PixelLayout layout)
    : x(make_axis("columns", "half_width", "pitch_x", "chip_columns", m.columns, m.half_width, m.pitch_x,
                  m.chip_columns, layout)),
      y(make_axis("rows", "half_height", "pitch_y", "chip_rows", m.rows, m.half_height, m.pitch_y, m.chip_rows,
                  layout)) {}

}  // namespace difftrack::detector
