// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// How multiple Coulomb scattering is done.
enum class Scattering {
  Geant4Like,  ///< one deflection at the exit of each slab by matter::SlabLaw, no lateral shift
  Displaced,   ///< Molière's theory, step by step, with the lateral shift that belongs to it
};

/// Reads "geant4_like" or "displaced". Throws InputError("scattering", name).
Scattering scattering_from_name(const std::string& name);

/// Number of equal steps, each with a deflection at its end, in which Geant4Like crosses a slab that takes a
/// `range_share` of the particle's range: one up to `step_share`, from there on steps of a tenth of the range and one
/// more, so that neighbouring kinks begin to share deflections (docs/simulate.md#multiple-scattering).
int geant4_steps(double range_share, double step_share);
/// Share of the range that a step of Geant4Like takes at most in thick matter (phantoms).
inline constexpr double kThickStep = 0.14;

/// Deflects the particle after `length` [mm] of the medium and, for Displaced, shifts it sideways. `pv` [MeV] is
/// momentum times velocity in the middle of the step.
///
/// Displaced sums single scatterings: those under an angle of chi_c as one Gaussian of exactly their variance, larger
/// ones (one per step) each for itself, with the nuclear form factor exp(-B q^2). The result does not
/// depend on where a path is cut into steps.
void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double pv,
             Particle& particle, core::RandomStream& random);

}  // namespace difftrack::simulate
