// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// Delta electrons below this are part of the proton's own deposit [MeV]; above they may leave a hit of their own.
inline constexpr double kDeltaCut = 0.08;

/// Practical range [mm] of an electron of `energy` [MeV] (Katz and Penfold, Rev. Mod. Phys. 24 (1952) 28), and its inverse.
double electron_range(const Medium& medium, double energy);
double electron_energy_at_range(const Medium& medium, double range);

/// Mean number of delta electrons above kDeltaCut that leave `medium` through the surface by which a proton of this energy leaves:
/// integral over T of dN/dx dT (Rutherford with spin term) times the depth they escape from. Calibrated by one factor
/// to the rate of electron hits beside primaries in GATE.
double delta_escape_number(const Medium& medium, double energy);

/// An electron that comes out of a surface.
struct EscapedElectron {
  double energy;          ///< [MeV]
  double cosine;          ///< of its angle to the surface normal, > 0
  double lateral;         ///< distance from the point where the proton left [mm]
};
/// Draws one of the electrons counted by delta_escape_number().
EscapedElectron draw_delta(const Medium& medium, double proton_energy, core::RandomStream& random);

/// Energy an electron deposits on a path [mm] through a thin layer [MeV]; never more than it has.
double electron_deposit(const Medium& medium, double energy, double path, core::RandomStream& random);

/// Photons per non-elastic reaction, mean; and the spectrum exp(-E/mean) of their energy [MeV].
inline constexpr double kPhotonsPerReaction = 1.6;
inline constexpr double kPhotonMeanEnergy = 2.5;
/// Compton attenuation [1/mm] at a photon energy [MeV] (Klein–Nishina), and the energy of the electron it releases.
double compton_attenuation(const Medium& medium, double energy);
double draw_compton_electron(double energy, core::RandomStream& random);

}  // namespace difftrack::simulate
