// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace difftrack::aerosol {

/// Points of one quantity at equal steps, to the nearest of which a value is moved (halves go up).
struct GridAxis {
  double first, step;
  int count;

  /// Index of the point nearest to `value`.
  int nearest(double value) const;
  double at(int i) const { return first + i * step; }
};

/// Where growth factors are taken: ln of the dry radius [ln m], temperature [K], relative humidity, hygroscopicity κ.
/// A particle takes the nearest point of all four, which makes water a staircase of its state.
struct GrowthGrid {
  GridAxis log_radius{-21.416413017506358, 0.09495196259769262, 98};  // 5e-10 to 5e-6 m
  GridAxis temperature{233.0, 10.0, 9};
  GridAxis humidity{0.30, 0.005, 139};
  GridAxis kappa{0.04, 0.02, 56};
};
inline constexpr GrowthGrid kGrowthGrid;

/// Surface tension term A of κ-Köhler theory for a dry radius [m], at a temperature [K]; a growth factor g has the
/// Kelvin factor exp(A/g).
double kelvin_term(double dry_radius, double temperature);

/// Wet radius over dry radius: the root g in [1, 8] of RH exp(-A/g) = (g³-1)/(g³-1+κ), by 46 halvings, so to 1e-13.
double growth_factor(double dry_radius, double temperature, double humidity, double kappa);

/// growth_factor at the nearest point of kGrowthGrid.
double growth_factor_on_grid(double dry_radius, double temperature, double humidity, double kappa);

}  // namespace difftrack::aerosol
