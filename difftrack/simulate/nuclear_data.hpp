// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>

namespace difftrack::simulate {

/// Cross sections of protons on one nucleus at one energy.
struct NuclearCrossSection {
  double nonelastic = 0.0;  ///< [mb]
  double elastic = 0.0;     ///< [mb], nuclear part only
  double slope = 0.0;       ///< B of dsigma/dt ~ exp(-B |t|) [1/MeV2]
};

/// ICRU 63 totals and fitted diffraction peaks, linear in energy [MeV]; other nuclei scale the nearest tabulated one in
/// Z: areas with A^(2/3), slopes likewise. z >= 2.
NuclearCrossSection nuclear_cross_section(int z, double a, double energy);

/// Elastic proton-proton cross section [mb], Coulomb peak left out; isotropic in the centre of mass below 330 MeV.
double proton_proton_cross_section(double energy);

inline constexpr std::size_t kQuantiles = 14;
/// Cumulative probabilities of the quantiles of an EmissionRow.
inline constexpr std::array<double, kQuantiles> kQuantileLevels{0,   0.05, 0.1, 0.2, 0.3,  0.4,  0.5,
                                                                0.6, 0.7,  0.8, 0.9, 0.95, 0.99, 1.0};

/// Spectrum of one kind of particle emitted by a non-elastic reaction at one incident energy.
struct EmissionRow {
  int z;                                             ///< of the target
  int product;                                       ///< 0 proton, 1 deuteron, 2 alpha
  double incident;                                   ///< [MeV]
  double multiplicity;                               ///< mean number per reaction
  std::array<double, kQuantiles> energy_fraction;    ///< quantiles of T / incident
  std::array<double, kQuantiles - 1> angular_slope;  ///< a of a density exp(a cos theta), per quantile interval
};

/// The rows of (nearest tabulated target, product), by rising incident energy; empty when none is emitted.
std::span<const EmissionRow> emission_rows(int z, int product);

}  // namespace difftrack::simulate
