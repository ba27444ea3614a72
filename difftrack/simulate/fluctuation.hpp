// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/medium.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// Energy loss [MeV] in a thick layer around its mean: Bohr's variance and third moment, drawn from a gamma
/// distribution (Wilson–Hilferty), which tends to a Gaussian as collisions become many. `kin` belongs to the middle of
/// the step.
///   variance = xi Tmax (1 - beta^2/2), third moment = xi Tmax^2 (1/2 - beta^2/3), xi = K/2 z^2 Z/A rho x / beta^2
double thick_loss(const Medium& medium, const Species& species, const Kinematics& kin, double mean, double length,
                  double normal);

/// Energy deposited [MeV] in a thin layer: Urban's model of a two-level atom (Geant4 Physics Reference Manual, "energy
/// loss fluctuations"; Lassila-Perini and Urban, NIM A 362 (1995) 416). Poisson numbers of excitations to two levels
/// and of ionisations with spectrum 1/E^2 from 10 eV to `cut`. `mean` [MeV] is the mean loss below `cut` [MeV].
double thin_loss(const Medium& medium, const Kinematics& kin, double mean, double cut, core::RandomStream& random);

/// Poisson number; by inversion below 30, rounded normal above.
int poisson(double mean, core::RandomStream& random);

}  // namespace difftrack::simulate
