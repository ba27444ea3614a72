// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/medium.hpp"

namespace difftrack::matter {

/// Multiple Coulomb scattering; angles are projected on one plane, pv is momentum times velocity [MeV].

/// Gottschalk's scattering power T_dM = f_dM(pv, pv_start) (15.0 MeV / pv)^2 / X_S times `length` [mm]: a variance
/// [rad^2] (Med. Phys. 37 (2010) 352, "differential Molière"). It agrees with Molière–Hanson in thick and thin layers
/// because it knows how much has been crossed, by pv_start where the ion entered matter. X_S from Medium.
double scattering_variance(const Medium& medium, const Ion& ion, double length, double pv, double pv_start);

/// T_dM itself [rad^2/mm].
inline double scattering_power(const Medium& medium, const Ion& ion, double pv, double pv_start) {
  return scattering_variance(medium, ion, 1.0, pv, pv_start);
}

/// Highland's width [rad] of the Gaussian core behind one layer of x/X0 = `radiation_lengths` in which pv changes
/// little: 14.1 MeV z/pv sqrt(x/X0) (1 + log10(x/X0)/9) (Gottschalk et al., NIM B 74 (1993) 467, eq. 2).
double highland_angle(double radiation_lengths, double pv, const Ion& ion = kProton);

/// Width [rad] of the deflection at the exit of one thin slab, as Geant4's Urban model makes it: 12.3 MeV
/// (0.87 + 0.03 ln Z) z/pv sqrt(x/X0), Rossi's form without a logarithm. Form from the Geant4 Physics Reference Manual,
/// constant fitted to GATE's kinks between planes of the 3 mm aluminium stack (docs/physics.md): within 5 %.
double slab_angle(double mean_z, double radiation_lengths, double pv, const Ion& ion = kProton);
inline constexpr double kSlabConstant = 12.3;  ///< [MeV]
double slab_z_factor(double mean_z);           ///< 0.87 + 0.03 ln Z

}  // namespace difftrack::matter
