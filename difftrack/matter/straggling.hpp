// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/medium.hpp"

namespace difftrack::matter {

/// Landau's xi = K/2 z^2 rho Z/A x / beta^2 [MeV] over a `length` [mm] (PDG, "Passage of particles through matter").
inline double landau_xi(const Medium& medium, const Ion& ion, double beta2, double length) {
  return medium.bohr() * ion.charge2 * length / beta2;
}

/// Bohr's variance of the energy loss [MeV^2], relativistic: xi Tmax (1 - beta^2/2), with the largest energy `highest`
/// [MeV] that one electron can take (Rossi 1952, sect. 2.7). Electrons are taken as free: below a few MeV and in heavy
/// elements the width is smaller by their binding.
inline double bohr_variance(double xi, double highest, double beta2) { return xi * highest * (1.0 - 0.5 * beta2); }

/// The same of an ion with kinetic energy [MeV] over a `length` [mm] on which it loses little.
inline double bohr_variance(const Medium& medium, const Ion& ion, double energy, double length) {
  const Kinematics kin = kinematics(energy, ion.mass);
  return bohr_variance(landau_xi(medium, ion, kin.beta2, length), max_transfer(kin, ion.mass), kin.beta2);
}

}  // namespace difftrack::matter
