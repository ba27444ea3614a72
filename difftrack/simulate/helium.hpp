// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/nuclear_data.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// What nuclei do to a beam of 4He, simply: enough for a tracker to meet the right number of lost particles, kinks and
/// fragments; not for dose (docs/simulate.md, "Helium").

/// Cross sections of 4He of `energy` [MeV per nucleon] on a nucleus. Reaction: Tripathi's formula for light systems
/// (Tripathi, Cucinotta, Wilson, NIM B 155 (1999) 349) with the smaller transparency that measurements at 70 to 220
/// MeV/u ask for (Horst et al., PRC 99 (2019) 014603: some 500 mb on carbon). Elastic: a grey disk of that area, half
/// as much as reactions (a quarter on hydrogen), slope B = R²/4 [1/MeV2]; no tail.
NuclearCrossSection helium_cross_section(int z, double a, double energy);

/// The charged fragments of the 4He `incoming`, which ends, appended to `emitted`: 3He + n, t + p, d + d, d + p + n or
/// 2 p + 2 n, at the beam's velocity with Goldhaber's spread of momenta (Phys. Lett. B 53 (1974) 306). What the struck
/// nucleus emits is left out. Track numbers are left to the caller.
void helium_fragments(const Particle& incoming, core::RandomStream& random, std::vector<Particle>& emitted);

}  // namespace difftrack::simulate
