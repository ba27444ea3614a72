// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scattering.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/matter/scattering.hpp"
#include "difftrack/simulate/fluctuation.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kFinalRange = 0.05;  // [mm] step at the end of the range
constexpr double kCut2 = 0.5;         // squared angle, in chi_c^2, above which Displaced scatters singly
constexpr double kFewest = 20.0;      // squared cut in screening angles, at least
// Lateral shift of Urban's model (Geant4 Physics Reference Manual, "Urban model", fits to single scattering).
constexpr double kShift = 0.73, kShiftFall = 2.16;
constexpr double kMaxAngle = 1.0;  // [rad]

/// Projected angles.
struct Deflection {
  double x = 0.0, y = 0.0;
};

/// At a random azimuth: that of a point drawn in the unit circle.
void add(Deflection& sum, double angle, core::RandomStream& random) {
  double x = 0.0, y = 0.0, square = 2.0;
  while (square > 1.0 || square == 0.0) {
    x = 2.0 * random.uniform() - 1.0;
    y = 2.0 * random.uniform() - 1.0;
    square = x * x + y * y;
  }
  const double scale = angle / std::sqrt(square);
  sum.x += scale * x;
  sum.y += scale * y;
}

/// The deflections of all slabs, each by the law of its material.
Deflection slab_deflection(const Medium& medium, const Species& species, double length, double pv,
                           core::RandomStream& random) {
  Deflection sum;
  const double log_length = std::log(length), log_pv = std::log(pv);
  for (const auto& each : medium.scatterers()) {
    const auto shape = each.law.shape(log_length + each.log_share, log_pv, species);
    const double width2 = std::min(each.number * shape.width2 / each.draws, 0.25);
    const matter::SlabDeviate deviate(shape.tail, 2.0 / width2);
    for (int draw = 0; draw < each.draws; ++draw) {
      const double y = deviate(random.uniform());
      const double x = width2 * y;  // 1 - cos
      add(sum, x < 0.01 ? std::sqrt(2.0 * x) * (1.0 + x / 12.0) : std::acos(std::max(1.0 - x, -1.0)), random);
    }
  }
  return sum;
}

/// Variance of one projected angle [rad^2] by all scatterings below the cut, and the mean number beyond it.
struct Split {
  double variance, number, cut2;
};
Split split(const Medium& medium, const Species& species, double length, double pv, double beta2) {
  const double chi2 = species.charge2 * medium.rutherford() * length / (pv * pv);
  const double momentum2 = pv * pv / beta2;
  const double screening2 = std::exp(medium.log_screening(beta2)) / momentum2;
  Split out{0.0, 0.0, std::max(kCut2 * chi2, kFewest * screening2)};
  const auto logarithm = [&](double angle2) {
    const double ratio = angle2 / screening2;
    return std::log1p(ratio) - ratio / (1.0 + ratio);
  };
  const double widest = matter::kElectronMass / species.mass;
  // Below the cut the nuclear form factor takes away its first order, which is small there.
  const double form = std::min(medium.screening_slope() * momentum2 * out.cut2, 1.0);
  out.variance = 0.5 * chi2 * (logarithm(out.cut2) - form + medium.electron_share() * logarithm(widest * widest));
  out.number = chi2 / (out.cut2 + screening2);
  return out;
}

void turn(Particle& particle, const Deflection& by) {
  const double square = by.x * by.x + by.y * by.y;
  if (square == 0.0) return;
  double scale = 1.0 - square / 6.0 * (1.0 - square / 20.0);  // sin(angle) / angle
  double cosine = 1.0 - square / 2.0 * (1.0 - square / 12.0);
  if (square > 0.0025) {
    const double angle = std::sqrt(square);
    scale = std::sin(angle) / angle;
    cosine = std::cos(angle);
  }
  particle.direction = turned_by(particle.direction, scale * by.x, scale * by.y, cosine);
}

/// Where Geant4 puts a particle behind a step inside matter: kShift of the farthest that a path of this length can get
/// from its axis, length sqrt(length / lambda), at an azimuth around that of the deflection with density
/// exp(-kShiftFall |psi|). It correlates three quarters as much with the deflection as theory would have it.
Deflection step_shift(const Medium& medium, const Species& species, double length, double pv, const Deflection& angle,
                      core::RandomStream& random) {
  const double log_length = std::log(length), log_pv = std::log(pv);
  double depth = 0.0;
  for (const auto& each : medium.scatterers())
    depth += each.number * each.law.shape(log_length + each.log_share, log_pv, species).depth;
  const double shift = kShift * length * std::sqrt(std::min(depth, 1.0));
  const double most = 1.0 - std::exp(-kShiftFall * std::numbers::pi);
  const double psi = -std::log(1.0 - most * random.uniform()) / kShiftFall;
  const double size = std::sqrt(angle.x * angle.x + angle.y * angle.y);
  if (size == 0.0) return {};
  const double along = shift * std::cos(psi) / size,
               across = shift * std::sin(random.uniform() < 0.5 ? psi : -psi) / size;
  return {along * angle.x - across * angle.y, along * angle.y + across * angle.x};
}

/// Across the direction, but not along the beam: the particle stays on the face it has reached.
void shift_sideways(const Deflection& shift, Particle& particle) {
  const Vector side = turned_by(particle.direction, shift.x, shift.y, 0.0);
  for (std::size_t i = 0; i < 2; ++i) particle.position[i] += side[i];
}

void scatter_moliere(const Medium& medium, const Species& species, double length, double pv, bool shifts,
                     Particle& particle, core::RandomStream& random) {
  const double ratio = pv * pv / (species.mass * species.mass);  // beta^4 gamma^2
  const double beta2 = 0.5 * ratio * (std::sqrt(1.0 + 4.0 / ratio) - 1.0);
  const Split parts = split(medium, species, length, pv, beta2);
  const double width = std::min(std::sqrt(parts.variance), 0.5);
  const auto [g1, g2] = random.normal_pair();
  const auto [h1, h2] = random.normal_pair();
  Deflection angle{width * g1, width * g2};
  // Of the continuous part: y = x theta / 2 + an independent part of width x theta0 / sqrt(12).
  const double half = 0.5 * length, independent = length * width / std::sqrt(12.0);
  Deflection shift{half * angle.x + independent * h1, half * angle.y + independent * h2};
  for (int left = poisson(parts.number, random); left > 0; --left) {
    const double single2 = parts.cut2 / random.uniform();  // beyond the cut their number falls as 1 / angle^2
    const double momentum2 = pv * pv / beta2;
    const double draw = random.uniform(), lever = length * random.uniform();
    if (single2 > kMaxAngle * kMaxAngle || draw > std::exp(-medium.screening_slope() * momentum2 * single2)) continue;
    Deflection single;
    add(single, std::sqrt(single2), random);
    angle.x += single.x, angle.y += single.y;
    shift.x += lever * single.x, shift.y += lever * single.y;
  }
  if (shifts) shift_sideways(shift, particle);
  turn(particle, angle);
}

}  // namespace

double longest_step(double range, double share) {
  return range > kFinalRange ? share * range + kFinalRange * (1.0 - share) * (2.0 - kFinalRange / range) : range;
}

void scatter(Scattering mode, const Medium& medium, const Species& species, double length, double pv, bool inside,
             Particle& particle, core::RandomStream& random) {
  if (!(length > 0.0)) return;
  if (mode != Scattering::Geant4Like) {
    scatter_moliere(medium, species, length, pv, inside || mode == Scattering::Displaced, particle, random);
    return;
  }
  const Deflection angle = slab_deflection(medium, species, length, pv, random);
  if (inside) shift_sideways(step_shift(medium, species, length, pv, angle, random), particle);
  turn(particle, angle);
}

}  // namespace difftrack::simulate
