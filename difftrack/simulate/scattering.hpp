// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// How multiple Coulomb scattering is done.
enum class Scattering {
  Geant4Like,  ///< one deflection at the exit of each slab, theta0 = 14.1 MeV / pv sqrt(x/X0), no lateral shift
  Displaced,   ///< Highland's theta0 by Gottschalk's differential form, with the correlated lateral shift
};

/// Reads "geant4_like" or "displaced". Throws InputError("scattering", name).
Scattering scattering_from_name(const std::string& name);

/// Deflects the particle after `length` [mm] of the medium and, for Displaced, shifts it sideways. `pv` [MeV] is the
/// geometric mean of p v before and after the step, `pv_start` that where the particle entered matter (Displaced only).
///
/// A Gaussian core and, in both modes, single Rutherford scatterings beyond kTailStart core widths with the nuclear
/// form factor exp(-B q^2): they, and nuclear elastic scattering, make the tails that Geant4 has.
void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double pv, double pv_start,
             Particle& particle, core::RandomStream& random);

}  // namespace difftrack::simulate
