// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scattering.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/matter/scattering.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kSplitGain = 0.10;  // see range_share
constexpr double kSplitStart = 0.13;
constexpr double kSplitWidth = 0.04;
constexpr double kTailStart = 30.0;       // [MeV]
constexpr double kTailReference = 0.035;  // radiation lengths: scatterings beyond kTailStart / pv sqrt(this) are single
constexpr double kMaxAngle = 1.0;         // [rad]

}  // namespace

void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double range_share,
             const Momenta& momenta, Particle& particle, core::RandomStream& random) {
  const double pv = momenta.pv;
  double variance = 0.0;  // of one projected angle
  if (mode == Scattering::Geant4Like) {
    const double gain = 1.0 + kSplitGain * std::clamp((range_share - kSplitStart) / kSplitWidth, 0.0, 1.0);
    const double scale = gain * matter::kSlabConstant * matter::slab_z_factor(medium.mean_z()) / pv;
    variance = species.charge2 * scale * scale * length / medium.radiation_length();
  } else {
    variance = matter::scattering_variance(medium, species, length, pv, momenta.pv_start);
  }
  const auto [g1, g2] = random.normal_pair();
  const double width = std::sqrt(variance);
  double tx = std::min(width, 0.5) * g1, ty = std::min(width, 0.5) * g2;

  const double tail_start2 = species.charge2 * kTailStart * kTailStart * kTailReference / (pv * pv);
  const double chance = medium.rutherford() * length / (kTailStart * kTailStart * kTailReference);
  const double draw = random.uniform();
  if (draw < chance) {
    // P(angle > t) = chance (t_start / t)^2: invert with the same number; the form factor rejects what the finite
    // nucleus would not scatter. q = p theta, p = pv / v with v = beta c close to what pv and the mass give.
    const double angle2 = tail_start2 / (draw / chance);
    const double energy_like = pv * pv / (species.mass * species.mass);
    const double beta2 = 0.5 * energy_like * (std::sqrt(1.0 + 4.0 / energy_like) - 1.0);
    const double momentum2 = pv * pv / beta2;
    if (angle2 < kMaxAngle * kMaxAngle && random.uniform() < std::exp(-medium.screening_slope() * momentum2 * angle2)) {
      const double phi = 2.0 * std::numbers::pi * random.uniform();
      const double angle = std::sqrt(angle2);
      tx += angle * std::cos(phi);
      ty += angle * std::sin(phi);
    }
  }
  const double angle = std::sqrt(tx * tx + ty * ty);
  if (angle == 0.0) return;
  Vector& u = particle.direction;
  const double phi = std::atan2(ty, tx);
  const Vector before = u;
  u = turned(u, std::sin(angle), std::cos(angle), phi);
  if (mode == Scattering::Displaced) {
    // y = x theta/2 + an independent part of width x theta0 / sqrt(12), along the same transverse axes.
    const auto [h1, h2] = random.normal_pair();
    const double independent = length * width / std::sqrt(12.0);
    const double dx = 0.5 * length * tx + independent * h1, dy = 0.5 * length * ty + independent * h2;
    const double shift = std::sqrt(dx * dx + dy * dy);
    const Vector side = turned(before, 1.0, 0.0, std::atan2(dy, dx));
    for (std::size_t i = 0; i < 2; ++i) particle.position[i] += shift * side[i];
  }
}

}  // namespace difftrack::simulate
