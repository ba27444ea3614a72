// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "difftrack/matter/ion.hpp"
#include "difftrack/simulate/constants.hpp"
#include "difftrack/simulate/process.hpp"

namespace difftrack::simulate {

using matter::Kinematics;
using matter::kinematics;
using matter::kProtonMass;
using matter::max_transfer;

/// A position [mm] or a direction: x, y, z.
using Vector = std::array<double, 3>;

/// What distinguishes the heavy charged particles that are followed.
struct Species : matter::Ion {
  std::int32_t pdg;
};
inline constexpr std::array<Species, 3> kSpecies{Species{matter::kProton, pdg::kProton},
                                                 Species{matter::kDeuteron, pdg::kDeuteron},
                                                 Species{matter::kHelium, pdg::kAlpha}};

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
