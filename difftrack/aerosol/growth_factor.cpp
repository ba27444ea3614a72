// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/growth_factor.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::aerosol {

int GridAxis::nearest(double value) const {
  return static_cast<int>(std::clamp(std::floor((value - first) / step + 0.5), 0.0, static_cast<double>(count - 1)));
}

double kelvin_term(double dry_radius, double temperature) {
  const double tension = 0.0761 - 1.55e-4 * (temperature - 273.0);  // [J/m²]
  return 2.0 * tension * 0.018 / (8.314409 * temperature * dry_radius * 1000.0);
}

double growth_factor(double dry_radius, double temperature, double humidity, double kappa) {
  const double kelvin = kelvin_term(dry_radius, temperature);
  double low = 1.0, high = 8.0;
  for (int i = 0; i < 46; ++i) {
    const double middle = 0.5 * (low + high);
    const double solute = middle * middle * middle - 1.0;
    (humidity * std::exp(-kelvin / middle) > solute / (solute + kappa) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double growth_factor_on_grid(double dry_radius, double temperature, double humidity, double kappa) {
  const GrowthGrid& grid = kGrowthGrid;
  const auto moved = [](const GridAxis& axis, double value) { return axis.at(axis.nearest(value)); };
  return growth_factor(std::exp(moved(grid.log_radius, std::log(dry_radius))), moved(grid.temperature, temperature),
                       moved(grid.humidity, humidity), moved(grid.kappa, kappa));
}

}  // namespace difftrack::aerosol
