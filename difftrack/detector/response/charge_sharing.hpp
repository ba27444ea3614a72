// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/pixels/pixel_geometry.hpp"

namespace difftrack::detector {

/// How charge spreads before pixels collect it: by diffusion in the epitaxial layer, described by a bivariate Cauchy
/// kernel  f(r) = gamma / (2 pi (r^2 + gamma^2)^(3/2)),  whose integral over a rectangle is a sum of four corners
///   A(x, y) = atan(x y / (gamma sqrt(x^2 + y^2 + gamma^2))) / (2 pi)
/// (the solid angle of the rectangle seen from height gamma, over 2 pi). Values measured for ALPIDE
/// (docs/pixels.md#from-charge-to-pixels).
struct ChargeKernel {
  double gamma = 0.0047;                ///< [mm]
  double collected = 0.6964;            ///< fraction of the charge that any pixel collects
  double energy_per_electron = 3.6e-6;  ///< [MeV] per electron–hole pair in silicon

  double electrons(double edep) const { return edep / energy_per_electron; }  ///< [MeV] -> created charge

  /// Distance beyond which a pixel of `area` [mm2] collects less than `negligible` of `charge` electrons [mm].
  double reach(double charge, double area, double negligible) const;
};

/// Share of the kernel centred at (0, 0) in the rectangle [x0, x1] x [y0, y1] [mm]; exact, the reference.
double kernel_share(double x0, double x1, double y0, double y1, double gamma);

/// atan for all floats, within 3e-8 + rounding: Abramowitz & Stegun 4.4.49 with atan t = pi/2 - atan 1/t. Free of
/// branches, so that loops over it vectorise; the same bits on every machine, unlike the C library's.
float fast_atan(float t);

/// A rectangle of pixels [column_begin, column_end) x [row_begin, row_end).
struct PixelBox {
  std::int32_t column_begin = 0, column_end = 0, row_begin = 0, row_end = 0;

  std::int32_t columns() const { return column_end - column_begin; }
  std::int32_t rows() const { return row_end - row_begin; }
  bool empty() const { return columns() <= 0 || rows() <= 0; }
};

/// Pixels within `reach` [mm] of a point on the chip that the point lies on (charge does not leave its chip); empty
/// when the point lies on no pixel.
PixelBox pixels_within(const PixelGeometry& geometry, double x, double y, double reach);

/// Adds `amount` times the kernel's share of each pixel of `box` to `grid`, whose row r and column c lie at
/// grid[(r - grid_box.row_begin) * grid_box.columns() + c - grid_box.column_begin]; `box` lies inside `grid_box`.
/// Shares are exact to 1e-7 of the amount. `corners` is scratch space.
void add_shares(const PixelGeometry& geometry, double x, double y, double gamma, float amount, const PixelBox& box,
                const PixelBox& grid_box, std::vector<float>& grid, std::vector<float>& corners);

}  // namespace difftrack::detector
