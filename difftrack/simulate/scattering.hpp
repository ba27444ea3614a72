// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/choices.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// How multiple Coulomb scattering is done.
enum class Scattering {
  Geant4Like,  ///< one deflection at the exit of each slab of width matter::slab_angle, no lateral shift
  Displaced,   ///< matter::scattering_variance (Gottschalk's T_dM), with the correlated lateral shift
};

/// Their names.
constexpr core::Choices<Scattering, 2> choices(Scattering) {
  return {{{Scattering::Geant4Like, "geant4_like", "one deflection per slab"},
           {Scattering::Displaced, "displaced", "with lateral shift"}}};
}

/// Momentum times velocity of the particle along the step.
struct Momenta {
  double pv;        ///< p v in the middle of the step [MeV]
  double pv_start;  ///< p v where the particle was made [MeV], for Displaced
};

/// Deflects the particle after `length` [mm] of the medium and, for Displaced, shifts it sideways.
///
/// A Gaussian core and, in both modes, single Rutherford scatterings beyond a fixed angle times 1/pv with the nuclear
/// form factor exp(-B q^2): they, and nuclear elastic scattering, make the tails that Geant4 has.
///
/// `range_share` is the part of the particle's range that the step takes: Geant4 cuts slabs longer than a fifth of the
/// range into several steps, and GATE's kinks grow by a tenth where that sets in; so does Geant4Like.
void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double range_share,
             const Momenta& momenta, Particle& particle, core::RandomStream& random);

}  // namespace difftrack::simulate
