// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// Particles emitted by a non-elastic reaction of `incoming` (which ends) in `medium`. Of a proton: integer numbers of
/// p, d and alpha around the mean multiplicities, energies and angles from the condensed ICRU 63 tables; their sum
/// never exceeds the incident energy. Of helium: helium_fragments(). Track numbers are left to the caller. Appends to
/// `emitted`.
void nonelastic_reaction(const Medium& medium, const Particle& incoming, core::RandomStream& random,
                         std::vector<Particle>& emitted);

/// Nuclear elastic scattering of a proton or helium: turns `incoming` and takes the recoil from it. On hydrogen the
/// struck proton is appended to `emitted` when it gets more than kStopEnergy.
void elastic_scattering(const Medium& medium, Particle& incoming, core::RandomStream& random,
                        std::vector<Particle>& emitted);

/// Fresh optical depths to the next reactions.
void draw_optical_depths(Particle& particle, core::RandomStream& random);

}  // namespace difftrack::simulate
