// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "difftrack/simulate/constants.hpp"
#include "difftrack/simulate/process.hpp"

namespace difftrack::simulate {

/// A position [mm] or a direction: x, y, z.
using Vector = std::array<double, 3>;

/// What distinguishes the heavy charged particles that are followed.
struct Species {
  std::int32_t pdg;
  double mass;     ///< [MeV]
  double charge2;  ///< squared charge number
  double mass_ratio() const { return mass / kProtonMass; }
};
inline constexpr std::array<Species, 3> kSpecies{
    {{pdg::kProton, kProtonMass, 1.0}, {pdg::kDeuteron, 1875.6129, 1.0}, {pdg::kAlpha, 3727.3794, 4.0}}};

/// One particle on its way.
struct Particle {
  Vector position{};          ///< [mm]
  Vector direction{0, 0, 1};  ///< unit vector
  double energy = 0.0;        ///< kinetic [MeV]
  std::uint8_t species = 0;   ///< index into kSpecies
  Process process = Process::Primary;
  std::int32_t track = 1, parent = 0;
  double pv_start = 0.0;        ///< p v where it was made [MeV]
  double to_nonelastic = 1e30;  ///< optical depth left until the next non-elastic reaction (protons)
  double to_elastic = 1e30;     ///< the same until the next nuclear elastic scattering (protons)
};

/// p v / MeV, beta^2 and gamma of a particle of this mass and kinetic energy [MeV].
struct Kinematics {
  double gamma, beta2, pv;
};
/// Of a kinetic energy and a mass [MeV].
inline Kinematics kinematics(double energy, double mass) {
  const double gamma = 1.0 + energy / mass;
  const double beta2 = 1.0 - 1.0 / (gamma * gamma);
  return {gamma, beta2, beta2 * gamma * mass};
}

/// Largest energy a particle can give to an electron at rest [MeV].
inline double max_transfer(const Kinematics& k, double mass) {
  const double ratio = kElectronMass / mass;
  return 2.0 * kElectronMass * k.beta2 * k.gamma * k.gamma / (1.0 + 2.0 * k.gamma * ratio + ratio * ratio);
}

/// Turns a unit vector by the polar angle given as (sin, cos) and azimuth `phi` about itself.
inline Vector turned(const Vector& u, double sine, double cosine, double phi) {
  const double sx = sine * std::cos(phi), sy = sine * std::sin(phi);
  const double transverse = std::sqrt(u[0] * u[0] + u[1] * u[1]);
  if (transverse < 1e-8) return {sx, u[2] > 0 ? sy : -sy, u[2] > 0 ? cosine : -cosine};
  const double ax = u[0] / transverse, ay = u[1] / transverse;
  return {u[0] * cosine + sx * u[2] * ax - sy * ay, u[1] * cosine + sx * u[2] * ay + sy * ax,
          u[2] * cosine - sx * transverse};
}

}  // namespace difftrack::simulate
