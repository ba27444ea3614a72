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
inline constexpr std::array<Species, 5> kSpecies{
    Species{matter::kProton, pdg::kProton}, Species{matter::kDeuteron, pdg::kDeuteron},
    Species{matter::kHelium, pdg::kAlpha}, Species{matter::kTriton, pdg::kTriton},
    Species{matter::kHelium3, pdg::kHelium3}};
/// Where kSpecies has them.
inline constexpr std::uint8_t kProton = 0, kDeuteron = 1, kHelium = 2, kTriton = 3, kHelium3 = 4;

/// One particle on its way.
struct Particle {
  Vector position{};          ///< [mm]
  Vector direction{0, 0, 1};  ///< unit vector
  double energy = 0.0;        ///< kinetic [MeV]
  std::uint8_t species = 0;   ///< index into kSpecies
  Process process = Process::Primary;
  std::int32_t track = 1, parent = 0;
  double to_nonelastic = 1e30;  ///< optical depth left until the next non-elastic reaction; as good as none by default
  double to_elastic = 1e30;     ///< the same until the next nuclear elastic scattering

  /// Whether nuclei and electrons know it: protons, and what the beam is made of; other fragments only lose energy and
  /// scatter.
  bool reacts() const { return species == kProton || process == Process::Primary; }
};

/// Turns a unit vector about itself: `sx`, `sy` are the sine of the polar angle times cosine and sine of the azimuth.
inline Vector turned_by(const Vector& u, double sx, double sy, double cosine) {
  const double transverse = std::sqrt(u[0] * u[0] + u[1] * u[1]);
  if (transverse < 1e-8) return {sx, u[2] > 0 ? sy : -sy, u[2] > 0 ? cosine : -cosine};
  const double ax = u[0] / transverse, ay = u[1] / transverse;
  return {u[0] * cosine + sx * u[2] * ax - sy * ay, u[1] * cosine + sx * u[2] * ay + sy * ax,
          u[2] * cosine - sx * transverse};
}

/// The same by the polar angle given as (sin, cos) and azimuth `phi`.
inline Vector turned(const Vector& u, double sine, double cosine, double phi) {
  return turned_by(u, sine * std::cos(phi), sine * std::sin(phi), cosine);
}

}  // namespace difftrack::simulate
