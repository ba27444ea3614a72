// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>

namespace difftrack::simulate {

/// Cross sections of protons on one nucleus at one energy.
struct NuclearCrossSection {
  double nonelastic = 0.0;  ///< [mb]
  double elastic = 0.0;     ///< [mb], nuclear part only
  double slope = 0.0;       ///< B of the diffraction peak, dsigma/dt ~ B exp(-B |t|) [1/MeV2]
  double tail_share = 0.0;  ///< of elastic scatterings beyond the peak's first minimum (rings, incoherent)
  double tail_slope = 0.0;  ///< B of these [1/MeV2]
};

/// Barashenkov's evaluation (JINR P2-89-770, which Geant4's BGG cross sections use as well) with the angular
/// distributions of ICRU 63, linear in energy [MeV]; other nuclei scale the nearest tabulated one in Z: areas with
/// A^(2/3), slopes likewise. z >= 2.
NuclearCrossSection nuclear_cross_section(int z, double a, double energy);

/// Elastic proton-proton cross section [mb], Coulomb peak left out; isotropic in the centre of mass below 330 MeV.
double proton_proton_cross_section(double energy);

inline constexpr std::size_t kQuantiles = 14;
/// Cumulative probabilities of the quantiles of an EmissionRow.
inline constexpr std::array<double, kQuantiles> kQuantileLevels{0,   0.05, 0.1, 0.2, 0.3,  0.4,  0.5,
                                                                0.6, 0.7,  0.8, 0.9, 0.95, 0.99, 1.0};

/// Factor on the number of protons that ICRU 63 lists for a reaction of a proton of `energy` [MeV] on a nucleus:
/// Geant4's cascade (Binary) sends out 1.55 times as many from nuclei up to oxygen, and from heavier ones as many near
/// 100 MeV and more above, 1.6 times at 200 MeV. Chosen on secondaries behind water and behind aluminium
/// (docs/physics.md).
double proton_yield(int z, double energy);
/// The same of deuterons.
inline constexpr double kDeuteronYield = 0.18;
/// Of the particles listed as deuterons and alphas, the shares that are tritons and 3He (Geant4's hits: 2 of 27, 2 of
/// 8).
inline constexpr double kTritonShare = 0.08, kHelium3Share = 0.25;

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
