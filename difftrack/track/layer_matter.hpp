// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::track {

/// What a proton crosses between the sensitive planes of a detector, as tracking without a simulation needs it.
struct LayerMatter {
  std::vector<double> plane_z;  ///< [mm] one per layer
  std::vector<double> gap_wet;  ///< [mm] water-equivalent thickness from plane L to L + 1, one per layer but the last
  std::vector<double> gap_radiation;  ///< x / X0 of the same
  double front_wet = 0.0;             ///< [mm] in front of plane 0

  /// [mm] water-equivalent depth of plane L behind the detector's front.
  double plane_wet(std::int32_t layer) const;
};

/// From the described slabs. Relative stopping power by Bethe's formula at 150 MeV with Bragg additivity (mean
/// excitation energies: ICRU 37 for Z <= 12, 9.76 Z + 58.8 Z^-0.19 eV above; good to 1 %), radiation lengths by
/// 716.4 A / (Z (Z + 1) ln(287 / sqrt Z)) g/cm2 (Particle Data Group; good to 3 %).
/// Throws core::InputError for an element without a table entry.
LayerMatter layer_matter(const detector::Detector& detector);

/// Range in water R = 0.0239 mm E^1.755 (docs/track.md#physics-alone), E in MeV.
double range_in_water(double energy);
/// Its inverse: [MeV] of a range [mm] in water; 0 for none.
double energy_of_range(double range);

/// Momentum times velocity of a proton [MeV] with kinetic energy [MeV].
double momentum_velocity(double energy);

}  // namespace difftrack::track
