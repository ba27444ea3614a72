// SPDX-License-Identifier: Apache-2.0
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-math-errno")  // else sqrt keeps loops from vectorising; its value is the same
#endif

#include "difftrack/detector/response/charge_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace difftrack::detector {
namespace {

constexpr float kHalfPi = 1.57079632679489662F;
constexpr float kInverseTwoPi = 0.159154943091895336F;

/// Pixels of one axis within `reach` of `position`, on the chip of `centre`.
void range_within(const PixelAxis& axis, double position, std::int32_t centre, double reach, std::int32_t& begin,
                  std::int32_t& end) {
  const std::int32_t chip_begin = axis.chip(centre) * axis.pixels_per_chip();
  const std::int32_t chip_end = chip_begin + axis.pixels_per_chip();
  const double offset = position - axis.centre(centre);
  const double most = axis.pixels_per_chip();
  const auto steps = [&](double distance) {
    return static_cast<std::int32_t>(std::clamp(std::floor(distance / axis.pitch() + 0.5), 0.0, most));
  };
  begin = std::max(chip_begin, centre - steps(reach - offset));
  end = std::min(chip_end, centre + steps(reach + offset) + 1);
}

}  // namespace

double ChargeKernel::reach(double charge, double area, double negligible) const {
  // f(r) < gamma / (2 pi r^3), and a pixel's share is about area f(r) where the kernel is flat
  return std::cbrt(charge * collected * gamma * area / (2.0 * std::numbers::pi * negligible));
}

double kernel_share(double x0, double x1, double y0, double y1, double gamma) {
  const auto corner = [gamma](double x, double y) {
    return std::atan(x * y / (gamma * std::sqrt(x * x + y * y + gamma * gamma)));
  };
  return (corner(x1, y1) - corner(x0, y1) - corner(x1, y0) + corner(x0, y0)) / (2.0 * std::numbers::pi);
}

float fast_atan(float t) {
  const float magnitude = std::fabs(t);
  const bool inverted = magnitude > 1.0F;
  const float u = std::min(magnitude, 1.0F / magnitude);  // 1/0 is infinite, which is what the minimum wants
  const float s = u * u;
  float p = 0.0028662257F;
  p = p * s - 0.0161657367F;
  p = p * s + 0.0429096138F;
  p = p * s - 0.0752896400F;
  p = p * s + 0.1065626393F;
  p = p * s - 0.1420889944F;
  p = p * s + 0.1999355085F;
  p = p * s - 0.3333314528F;
  const float a = u + u * s * p;
  return std::copysign(inverted ? kHalfPi - a : a, t);
}

PixelBox pixels_within(const PixelGeometry& geometry, double x, double y, double reach) {
  const std::int32_t column = geometry.x.index(x);
  const std::int32_t row = geometry.y.index(y);
  PixelBox box;
  if (column < 0 || row < 0) return box;
  range_within(geometry.x, x, column, reach, box.column_begin, box.column_end);
  range_within(geometry.y, y, row, reach, box.row_begin, box.row_end);
  return box;
}

void add_shares(const PixelGeometry& geometry, double x, double y, double gamma, float amount, const PixelBox& box,
                const PixelBox& grid_box, std::vector<float>& grid, std::vector<float>& corners) {
  const auto n = static_cast<std::size_t>(box.columns()) + 1;
  // scratch: edge distances along x, two rows of corners; all in units of gamma
  corners.resize(4 * n);
  float* dx = corners.data();
  float* dx2 = dx + n;
  float* above = dx2 + n;
  float* below = above + n;
  const auto inverse = 1.0 / gamma;
  const double first_x = (geometry.x.centre(box.column_begin) - 0.5 * geometry.x.pitch() - x) * inverse;
  const double first_y = (geometry.y.centre(box.row_begin) - 0.5 * geometry.y.pitch() - y) * inverse;
  const double step_x = geometry.x.pitch() * inverse, step_y = geometry.y.pitch() * inverse;
  for (std::size_t i = 0; i < n; ++i) {
    dx[i] = static_cast<float>(first_x + static_cast<double>(i) * step_x);
    dx2[i] = dx[i] * dx[i] + 1.0F;
  }
  const float scale = amount * kInverseTwoPi;
  for (std::int32_t j = 0; j <= box.rows(); ++j) {
    const auto dy = static_cast<float>(first_y + static_cast<double>(j) * step_y);
    const float dy2 = dy * dy;
    for (std::size_t i = 0; i < n; ++i) below[i] = fast_atan(dx[i] * dy / std::sqrt(dx2[i] + dy2));
    if (j > 0) {
      float* out = grid.data() +
                   static_cast<std::ptrdiff_t>(box.row_begin + j - 1 - grid_box.row_begin) * grid_box.columns() +
                   (box.column_begin - grid_box.column_begin);
      for (std::size_t i = 0; i + 1 < n; ++i) out[i] += scale * ((below[i + 1] - above[i + 1]) - (below[i] - above[i]));
    }
    std::swap(above, below);
  }
}

}  // namespace difftrack::detector
