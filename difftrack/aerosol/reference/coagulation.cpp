// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/reference/coagulation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol::reference {

namespace {

using namespace constants;

/// What the other mode of a pair has to know of one.
struct Mover {
  double radius, diffusion, speed2, jump;
};

Mover mover(const Air& air, double r, double density) {
  const double path = 2.251e-3 * air.temperature / air.pressure;                 // [cm]
  const double viscosity = 1.827e-4 * std::pow(air.temperature / 291.15, 0.74);  // [g/(cm s)]
  const double knudsen = path / (2.0 * r);
  const double slip = 1.0 + knudsen * (2.492 + 0.84 * std::exp(-0.43 / knudsen));
  const double diffusion = kBoltzmann * air.temperature / (6.0 * std::numbers::pi * viscosity * r) * slip;
  const double mass = 4.0 * std::numbers::pi / 3.0 * r * r * r * density;
  const double speed2 = 8.0 * kBoltzmann * air.temperature / (std::numbers::pi * mass);
  const double y = 8.0 * diffusion / (std::numbers::pi * std::sqrt(speed2));
  const double jump =
      std::numbers::sqrt2 * ((std::pow(2.0 * r + y, 3) - std::pow(4.0 * r * r + y * y, 1.5)) / (6.0 * r * y) - 2.0 * r);
  return {r, diffusion, speed2, jump};
}

double pair_kernel(const Mover& one, const Mover& other) {
  const double radius = 0.5 * (one.radius + other.radius) + kRadiusGuard;
  const double diffusion = 0.5 * (one.diffusion + other.diffusion);
  const double speed = std::sqrt(one.speed2 + other.speed2);
  const double jump = std::sqrt(one.jump * one.jump + other.jump * other.jump);
  return 16.0 * std::numbers::pi * diffusion * radius /
         (4.0 * diffusion / (speed * radius) + radius / (radius + 0.5 * jump));
}

}  // namespace

std::array<double, 16> coagulation_kernel(const Air& air, const CellState& state, const Properties& properties) {
  std::array<Mover, kModes> movers{};
  std::array<bool, kModes> there{};
  for (std::size_t k = 0; k < kModes; ++k) {
    there[k] = state[number_of(k)] > kNoParticles && properties.radius[k] > kNoParticles &&
               properties.density[k] > kNoParticles;
    if (there[k]) movers[k] = mover(air, properties.radius[k], properties.density[k]);
  }
  std::array<double, 16> kernel{};
  for (std::size_t i = 0; i < kPairs.size(); ++i) {
    const auto [one, other] = kPairs[i];
    if (there[one] && there[other]) kernel[i] = pair_kernel(movers[one], movers[other]);
  }
  return kernel;
}

Losses lose_particles(double number, double a, double b) {
  if (number <= kNoParticles || (a < kTinyRate && b < kTinyRate)) return {number, 0.0, 0.0};
  Losses result;
  if (b < kTinyRate) {
    result.left = number / (1.0 + a * kTimeStep * number);
  } else {
    const double e = std::exp(-b * kTimeStep);
    result.left = b * number * e / (number * a * (1.0 - e) + b);
  }
  result.left = std::min(result.left, number);
  result.to_others = (number - result.left) * number * b / (number * number * a + number * b);
  result.among = number - result.left - result.to_others;
  return result;
}

Losses lose_while_nucleating(double number, double added, double a, double b) {
  const double all = number + added, z = added / kTimeStep;
  if (z < 1.0 || all <= kNoParticles || (a < kTinyRate && b < kTinyRate)) return lose_particles(all, a, b);
  Losses result;
  if (b < kTinyRate) {
    const double s = std::sqrt(z / a), e = std::exp(-2.0 * s * a * kTimeStep), f = (number + s) / (number - s);
    result.left = std::abs(f - e) < kTinyRate ? all : std::min(s * (f + e) / (f - e), all);
    result.among = all - result.left;
    return result;
  }
  // (r (1-u)/(1+u) - b) / 2a with u = e (r-b-2aN)/(r+b+2aN), r-b written as 4az/(r+b) so that nothing cancels.
  const double r = std::sqrt(b * b + 4.0 * a * z), e = std::exp(-r * kTimeStep);
  const double steady = 2.0 * z / (r + b), share = e / (r + b + 2.0 * a * number);
  result.left =
      std::min((steady - share * (r + b) * (steady - number)) / (1.0 + 2.0 * a * share * (steady - number)), all);
  result.to_others = (all - result.left) * all * b / (all * all * a + all * b);
  result.among = all - result.left - result.to_others;
  return result;
}

}  // namespace difftrack::aerosol::reference
