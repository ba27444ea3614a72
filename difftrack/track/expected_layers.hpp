// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_matter.hpp"

namespace difftrack::track {

/// What physics expects of a proton in one of the planes that it crosses.
struct ExpectedLayer {
  double energy = 0.0;   ///< [MeV] in the plane
  double kink_68 = 0.0;  ///< [rad] 68 % of the angles between the segments before and behind are smaller; 0 in plane 0
  double deposit = 0.0;  ///< [MeV] mean in the sensitive slab: the Bragg curve
};

/// Of a proton that stops half-way between plane `last` and the next, one entry per plane 0 … last.
///
/// The range that is left in a plane is the water-equivalent matter behind it; energy is its inverse in water
/// (matter::Medium), the deposit is the stopping power of the sensitive slab times its thickness. The kink is what the
/// gap before the plane makes, as in PhysicsAssignment: projected width sigma = LayerMatter::gap_scattering / pv; the
/// angle in space is Rayleigh-distributed, its 68 % quantile sigma sqrt(-2 ln 0.32). Left out: the resolution of
/// positions, straggling, nuclear scattering. Throws core::InputError (last) for no plane of the detector.
std::vector<ExpectedLayer> expected_layers(const detector::Detector& detector, const detector::LayerMatter& matter,
                                           std::int32_t last);

}  // namespace difftrack::track
