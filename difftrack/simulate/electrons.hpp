// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// Practical range [mm] of an electron of `energy` [MeV] (Katz and Penfold, Rev. Mod. Phys. 24 (1952) 28; below 25 keV
/// Iskef's 4.57 ug/cm2 (T/keV)^1.75), and its inverse.
double electron_range(const Medium& medium, double energy);
/// [MeV] of an electron with this practical range [mm].
double electron_energy_at_range(const Medium& medium, double range);

/// A delta electron that reaches a sensor out of the gas in front of it.
struct ArrivedElectron {
  double energy;   ///< [MeV]; 0: none arrives
  double cosine;   ///< of its angle to the surface normal, > 0
  double lateral;  ///< distance from the proton's way [mm]
};

/// Geant4 makes delta electrons above a range threshold, GATE's default of a millimetre: 0.99 keV in gases, above 0.3
/// MeV in solids, which no therapeutic proton exceeds. So those that leave hits of their own come from gas in front of
/// sensors. Mean number made by a proton over `length` [mm] of gas: Rutherford's 1/T^2 from kDeltaCut to the largest
/// transfer.
inline constexpr double kDeltaCut = 0.99e-3;  // [MeV]
/// Mean number over `length` [mm].
double delta_number(const Medium& gas, const Kinematics& kin, double length);
/// One of them: made anywhere in the gap, scattered to a uniform cosine, arriving if its range is long enough.
ArrivedElectron draw_delta(const Medium& gas, const Kinematics& kin, double length, core::RandomStream& random);

/// Energy an electron deposits on a path [mm] through a thin layer [MeV]; never more than it has.
double electron_deposit(const Medium& medium, double energy, double path, core::RandomStream& random);

/// Photons per non-elastic reaction, mean; and the spectrum exp(-E/mean) of their energy [MeV].
inline constexpr double kPhotonsPerReaction = 4.5;
inline constexpr double kPhotonMeanEnergy = 2.5;
/// Compton attenuation [1/mm] at a photon energy [MeV] (Klein–Nishina), and the energy of the electron it releases.
double compton_attenuation(const Medium& medium, double energy);
/// [MeV] of the electron that a photon of `energy` [MeV] releases.
double draw_compton_electron(double energy, core::RandomStream& random);

}  // namespace difftrack::simulate
