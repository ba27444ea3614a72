// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/reference/properties.hpp"

#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/growth_factor.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol::reference {

namespace {

using namespace constants;

constexpr double kSphere = 4.0 * std::numbers::pi / 3.0;

struct ModeSums {
  double volume = 0.0;                   // of a dry particle [cm³]
  double mass = 0.0;                     // [g]
  double attracting = 0.0, kappa = 0.0;  // volume of what takes up water, and κ weighted by it
};

std::array<ModeSums, kModes> sums(const std::array<double, kMasses>& per_particle) {
  std::array<ModeSums, kModes> result;
  for (std::size_t j = 0; j < kMasses; ++j) {
    const MassColumn& column = kMassColumns[j];
    ModeSums& mode = result[static_cast<std::size_t>(column.mode)];
    const double mass = per_particle[j] * grams(column, kSulphateInWater);
    const double volume = mass / column.density;
    mode.mass += mass;
    mode.volume += volume;
    if (column.kappa < 0.0) continue;
    mode.attracting += volume;
    mode.kappa += volume * column.kappa;
  }
  return result;
}

}  // namespace

Properties properties(const Air& air, const CellState& state, const Properties& before) {
  Properties p;
  for (std::size_t j = 0; j < kMasses; ++j) {
    const MassColumn& column = kMassColumns[j];
    const double number = state[number_of(column.mode)], mass = state[So4Ns + j];
    if (number > kFewParticles && mass > kLeastMass) p.per_particle[j] = mass * to_particle_unit(column) / number;
  }
  if (p.per_particle[0] == 0.0) p.per_particle[0] = kSmallestParticle;
  const auto modes = sums(p.per_particle);
  for (std::size_t k = 0; k < kModes; ++k) {
    const ModeSums& mode = modes[k];
    const double number = state[number_of(k)];
    const double dry_radius = std::cbrt(mode.volume / kSphere) / kOverMass[k];
    if (k >= kSoluble) {
      const bool filled = mode.volume > kLeastMass && number > kFewParticles;
      p.radius[k] = filled ? dry_radius : before.radius[k];
      p.density[k] = filled ? mode.mass / mode.volume : before.density[k];
      continue;
    }
    p.dry_radius[k] = p.radius[k] = dry_radius;
    p.density[k] = 1.0;
    if (dry_radius <= kLeastWetRadius) continue;
    const double kappa = mode.attracting > kLeastAttracting ? mode.kappa / mode.attracting : 0.0;
    p.radius[k] = dry_radius * growth_factor_on_grid(dry_radius * 1e-2, air.temperature, air.humidity, kappa);
    const double dry = kSphere * std::pow(kOverMass[k] * dry_radius, 3);
    const double wet = kSphere * std::pow(kOverMass[k] * p.radius[k], 3);
    p.water[k] = 1000.0 * number * (wet - dry);
    p.density[k] = (mode.mass + wet - dry) / wet;
  }
  return p;
}

}  // namespace difftrack::aerosol::reference
