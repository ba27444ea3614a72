// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/material.hpp"

namespace difftrack::matter {

/// Proton mass stopping power [MeV cm2/g] at kinetic energy [MeV], 0.01 to 350 MeV; held outside.
///
/// H, C, N, O, Al, Si, Cu, W: interpolated from NIST PSTAR (ICRU 49). Water: Geant4's table (I = 78 eV). Other elements
/// scale the nearest one in Z by Z/A and the Bethe logarithm ln(2 m c^2 beta^2 gamma^2 / I) - beta^2. Compounds add by
/// Bragg's rule, corrected by the Bethe logarithm above 1 MeV when they state their own excitation energy.
double mass_stopping_power(const Material& material, double energy);

/// The same of an ion, by velocity scaling: z^2 times a proton's at equal velocity, S(E) = z^2 S_p(E m_p / M).
/// It is bare: helium picks up electrons below 1 MeV/u, so that at 1 MeV this is 9 to 12 % above ASTAR, from 5 MeV on
/// within 2 % (0.1 % in air, Barkas' third order is left out).
double mass_stopping_power(const Material& material, const Ion& ion, double energy);

}  // namespace difftrack::matter
