// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/core/units.hpp"

namespace difftrack::detector {

/// The pencil beam: per axis, position and slope at the source are normal with these standard deviations and a
/// correlation; spots are steered from a point. The defaults are those that tools/calibrate_beam.sh finds.
struct BeamConfig {
  double energy = 230.0;                   ///< [MeV] per nucleon
  double sigma = 3.0;                      ///< [mm]
  double divergence = 2.3 * units::mrad;   ///< [rad]
  double emittance = 17.25 * units::mrad;  ///< [mm rad]
  bool convergent = false;
  std::optional<double> source_z = {};  ///< [mm]; none: the detector's
  double steering_distance = 6600.0;    ///< [mm]

  static constexpr auto fields() {
    using C = BeamConfig;
    using core::field;
    return std::tuple{
        field("energy", &C::energy, "MeV", {1, 330}, "Kinetic energy of the beam, per nucleon."),
        field("sigma", &C::sigma, "mm", {0, 100}, "Standard deviation of the spot at the source, per axis."),
        field("divergence", &C::divergence, "rad", {0, 0.1}, "Standard deviation of the beam's slope, per axis.")
            .usually_in("mrad"),
        field("emittance", &C::emittance, "mm rad", {0, 100},
              "Area of the (position, slope) ellipse; at most pi sigma divergence, which means uncorrelated.")
            .usually_in("mm-mrad"),
        field("convergent", &C::convergent, "", "A beam that narrows behind the source instead of widening."),
        field("source_z", &C::source_z, "mm", {-1e5, 1e5}, "Plane where the beam starts; auto: the detector's."),
        field("steering_distance", &C::steering_distance, "mm", {100, 1e6},
              "Distance of the scanning magnets from the isocentre."),
    };
  }

  /// Of position and slope at the source: sqrt(1 - (emittance / (pi sigma divergence))²), below 0 for a convergent
  /// beam, 0 for a beam without width or divergence. Throws InputError (emittance) where it exceeds pi sigma
  /// divergence.
  double correlation() const;
};

}  // namespace difftrack::detector
