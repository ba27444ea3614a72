// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/choices.hpp"
#include "difftrack/matter/constants.hpp"

namespace difftrack::matter {

/// A bare nucleus on its way through matter.
struct Ion {
  double mass;     ///< [MeV]
  double charge2;  ///< squared charge number
  int nucleons;    ///< mass number A
  constexpr double mass_ratio() const { return mass / kProtonMass; }
};
inline constexpr Ion kProton{kProtonMass, 1.0, 1};
inline constexpr Ion kDeuteron{1875.6129, 1.0, 2};
inline constexpr Ion kHelium{3727.3794, 4.0, 4};
inline constexpr Ion kTriton{2808.9211, 1.0, 3};
inline constexpr Ion kHelium3{2808.3916, 4.0, 3};

/// What a beam is made of. Energies of beams are per nucleon.
enum class BeamParticle { Proton, Helium };

/// Their names.
constexpr core::Choices<BeamParticle, 2> choices(BeamParticle) {
  return {{{BeamParticle::Proton, "proton"}, {BeamParticle::Helium, "helium", "4He, all energies per nucleon"}}};
}

/// Its nucleus.
constexpr const Ion& ion_of(BeamParticle particle) { return particle == BeamParticle::Helium ? kHelium : kProton; }

/// What a particle's mass and kinetic energy make of each other.
struct Kinematics {
  double gamma, beta2;
  double pv;  ///< momentum times velocity [MeV]
};

/// Of a particle with this kinetic energy and mass [MeV].
inline Kinematics kinematics(double energy, double mass) {
  const double gamma = 1.0 + energy / mass;
  const double beta2 = 1.0 - 1.0 / (gamma * gamma);
  return {gamma, beta2, beta2 * gamma * mass};
}

/// Largest energy a particle can give to an electron at rest [MeV] (PDG, "Passage of particles through matter", Wmax).
inline double max_transfer(const Kinematics& k, double mass) {
  const double ratio = kElectronMass / mass;
  return 2.0 * kElectronMass * k.beta2 * k.gamma * k.gamma / (1.0 + 2.0 * k.gamma * ratio + ratio * ratio);
}

}  // namespace difftrack::matter
