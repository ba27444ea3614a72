// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/choices.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// How multiple Coulomb scattering is done.
enum class Scattering {
  Geant4Like,     ///< one deflection per slab or step by matter::SlabLaw, no lateral shift on faces
  WentzelViLike,  ///< Molière's theory, as Geant4's WentzelVI; one deflection per slab or step, no shift on faces
  Displaced,      ///< Molière's theory, step by step, with the lateral shift that belongs to it
};

/// Their names.
constexpr core::Choices<Scattering, 3> choices(Scattering) {
  return {{{Scattering::Geant4Like, "geant4_like", "Urban's law, one deflection per slab"},
           {Scattering::WentzelViLike, "wentzelvi_like", "Molière's theory, one deflection per slab"},
           {Scattering::Displaced, "displaced", "Molière's theory with lateral shift"}}};
}

/// Longest step [mm] of a particle with this much `range` [mm] left: Geant4's step function (Physics Reference Manual,
/// "step limit of continuous losses"), a `share` of the range far from the end and 0.05 mm close to it.
double longest_step(double range, double share);
/// A share at which slabs are crossed at once whatever they take.
inline constexpr double kWholeSlabs = 1.0;

/// Deflects the particle after `length` [mm] of the medium and shifts it sideways: Displaced always, the others where
/// the step ends `inside` a slab (on a face Geant4 leaves a particle where it is). `pv` [MeV] is momentum times
/// velocity in the middle of the step.
///
/// Molière's theory sums single scatterings: those under an angle of chi_c as one Gaussian of exactly their variance,
/// larger ones (one per step) each for itself, with the nuclear form factor exp(-B q^2). The result does not depend on
/// where a path is cut into steps.
void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double pv, bool inside,
             Particle& particle, core::RandomStream& random);

}  // namespace difftrack::simulate
