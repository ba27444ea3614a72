// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// Practical range [mm] of an electron of `energy` [MeV] (Katz and Penfold, Rev. Mod. Phys. 24 (1952) 28; below 25 keV
/// Iskef's 4.57 ug/cm2 (T/keV)^1.75), and its inverse.
double electron_range(const Medium& medium, double energy);
/// The same as mass per area [g/cm2], which depends little on the material.
double electron_mass_range(double energy);
/// Its inverse [MeV].
double electron_energy_at_mass_range(double grammes);
/// [MeV] of an electron with this practical range [mm].
double electron_energy_at_range(const Medium& medium, double range);

/// A delta electron that reaches a sensor out of the matter in front of it.
struct ArrivedElectron {
  double energy;   ///< [MeV]; 0: none arrives
  double cosine;   ///< of its angle to the surface normal, > 0
  double lateral;  ///< distance from the proton's way [mm]
};

/// Energy [MeV] above which Geant4 makes delta electrons particles of their own: that whose range is `cut` [mm], at
/// least 990 eV. With its default of a millimetre that is 990 eV in gases and above 0.3 MeV in solids, which no
/// therapeutic proton gives to an electron.
double delta_threshold(const Medium& medium, double cut);

/// Mean number made by a heavy particle of charge 1 over `length` [mm] between two energies [MeV], and the energy they
/// take [MeV]: dN/dT = xi / T^2 (1 - beta^2 T / Tmax).
struct DeltaYield {
  double number = 0.0, energy = 0.0;
};
/// Between `lowest` and `highest` [MeV] over `length` [mm]; none when highest <= lowest.
DeltaYield delta_yield(const Medium& medium, const Kinematics& kin, double length, double lowest, double highest);
/// Energy [MeV] of one of them.
double draw_delta_energy(const Kinematics& kin, double lowest, double highest, core::RandomStream& random);
/// Cosine of the angle between an electron of `energy` and the heavy particle that struck it, at rest before; `highest`
/// is the largest energy it can give.
double delta_cosine(double energy, double highest);

/// Of an electron of `energy` made `distance` mm before the end of `gas`, with `window` g/cm2 of solid between the gas
/// and the sensor. Directly in front of a sensor it arrives at any angle, as slow electrons are soon scattered; behind
/// a window only fast ones count, along their first direction.
ArrivedElectron cross_gas(const Medium& gas, double energy, double highest, double distance, double window,
                          core::RandomStream& random);

/// Energy an electron deposits on a path [mm] through a thin layer [MeV]; never more than it has.
double electron_deposit(const Medium& medium, double energy, double path, core::RandomStream& random);

/// Path of a fast electron through a solid, over the straight way: it is scattered.
inline constexpr double kElectronDetour = 1.5;

/// Photons per non-elastic reaction, mean; and the spectrum exp(-E/mean) of their energy [MeV].
inline constexpr double kPhotonsPerReaction = 6.5;
inline constexpr double kPhotonMeanEnergy = 2.5;
/// Compton attenuation [1/mm] at a photon energy [MeV] (Klein–Nishina), and the energy of the electron it releases.
double compton_attenuation(const Medium& medium, double energy);
/// [MeV] of the electron that a photon of `energy` [MeV] releases.
double draw_compton_electron(double energy, core::RandomStream& random);

}  // namespace difftrack::simulate
