// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::detector {

/// What a proton crosses between the sensitive planes of a detector, as tracking without a simulation needs it.
struct LayerMatter {
  std::vector<double> plane_z;  ///< [mm] one per layer
  std::vector<double> gap_wet;  ///< [mm] water-equivalent thickness from plane L to L + 1, one per layer but the last
  std::vector<double> gap_scattering;  ///< [MeV] of the same: over pv it is the projected width of a kink [rad]
  double front_wet = 0.0;              ///< [mm] in front of plane 0

  /// [mm] water-equivalent depth of plane L behind the detector's front.
  double plane_wet(std::int32_t layer) const;
};

/// From the described slabs. Water-equivalent thickness by the ratio of stopping powers at 150 MeV (at 60 and 230 MeV
/// it is -1.2 and +0.4 % off in aluminium, -5.5 and +1.8 % in tungsten); widths of kinks by matter::slab_angle, slab by
/// slab. Throws core::InputError for an unknown element.
LayerMatter layer_matter(const Detector& detector);

}  // namespace difftrack::detector
