// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/rtk_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <span>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/meta_image.hpp"

namespace difftrack::image {

namespace {

std::string in_folder(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

}  // namespace

std::string rtk_geometry(const std::vector<double>& rotations, double distance) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\"?>\n<!DOCTYPE RTKGEOMETRY>\n<RTKThreeDCircularGeometry version=\"3\">\n"
      "  <SourceToIsocenterDistance>{0:.15g}</SourceToIsocenterDistance>\n"
      "  <SourceToDetectorDistance>{0:.15g}</SourceToDetectorDistance>\n",
      distance);
  for (const double rotation : rotations) {
    const double turn = 2.0 * std::numbers::pi, angle = std::fmod(turn - std::fmod(rotation, turn), turn);
    const double c = std::cos(angle), s = std::sin(angle), d = distance;
    // RTK compares the matrix with the angle, so that it stands in full.
    text += fmt::format(
        "  <Projection>\n    <GantryAngle>{:.15g}</GantryAngle>\n    <Matrix>\n"
        "      {:.15g} 0 {:.15g} 0\n      0 {:.15g} 0 0\n      {:.15g} 0 {:.15g} {:.15g}\n"
        "    </Matrix>\n  </Projection>\n",
        angle * 180.0 / std::numbers::pi, -d * c, d * s, -d, s, c, -d);
  }
  return text + "</RTKThreeDCircularGeometry>\n";
}

RtkStack::RtkStack(const std::string& folder, const GridConfig& grid, std::int64_t views, double steering_distance)
    : stack_(in_folder(folder, "radiographs.mha")),
      geometry_(in_folder(folder, "geometry.xml")),
      views_(views),
      distance_(steering_distance) {
  const std::array<std::int64_t, 3> counts{grid.pixels, grid.slices + 2, views};
  const std::array<double, 3> spacing{grid.pixel, grid.slice_height, 1.0};
  const std::array<double, 3> offset{-0.5 * grid.pixel * (grid.pixels - 1),
                                     -0.5 * grid.slice_height * (grid.slices + 1), 0.0};
  stack_.write(event::meta_image_header(counts, spacing, offset, 1, "LOCAL"));
}

void RtkStack::add(const Projection& radiograph) {
  // The outermost rows twice: RTK interpolates between rows, and gives 0 on the last one and for a single one.
  std::vector<float> mirrored;
  for (std::int64_t v = -1; v <= radiograph.counts[1]; ++v) {
    const std::size_t row = radiograph.row(std::clamp<std::int64_t>(v, 0, radiograph.counts[1] - 1), 0);
    for (std::int64_t u = radiograph.counts[0] - 1; u >= 0; --u)
      mirrored.push_back(radiograph.wepl[row + static_cast<std::size_t>(u)]);
  }
  stack_.write(std::as_bytes(std::span(mirrored)));
  rotations_.push_back(radiograph.rotation);
}

void RtkStack::commit() {
  if (static_cast<std::int64_t>(rotations_.size()) != views_)
    throw core::InputError({"", "views", std::to_string(rotations_.size())},
                           fmt::format("came, but {} were to come", views_));
  geometry_.write(rtk_geometry(rotations_, distance_));
  stack_.finish();
  geometry_.finish();
  stack_.commit();
  geometry_.commit();
}

}  // namespace difftrack::image
