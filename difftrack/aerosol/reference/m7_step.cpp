// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/reference/m7_step.hpp"

#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/reference/coagulation.hpp"
#include "difftrack/aerosol/reference/gas.hpp"
#include "difftrack/aerosol/reference/properties.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol::reference {

namespace {

using namespace constants;

/// Mass [g] and density [g/cm³] of a dry particle, sulphate as acid.
struct DryParticle {
  double mass = 0.0, density = 0.0;
};

DryParticle dry_particle(const Properties& properties, std::size_t mode) {
  double mass = 0.0, volume = 0.0;
  for (std::size_t j = 0; j < kMasses; ++j) {
    const MassColumn& column = kMassColumns[j];
    if (static_cast<std::size_t>(column.mode) != mode) continue;
    mass += properties.per_particle[j] * grams(column, kAcid);
    volume += properties.per_particle[j] * grams(column, kAcid) / column.density;
  }
  return {mass, volume > 0.0 ? mass / volume : 0.0};
}

/// Shares of number and mass that stay in their mode.
struct Staying {
  double number = 1.0, mass = 1.0;
};

Staying staying(const CellState& state, const Properties& properties, std::size_t mode) {
  constexpr double kSphere = 4.0 * std::numbers::pi / 3.0;
  const double number = state[number_of(mode)], dry_radius = properties.dry_radius[mode];
  if (number <= kNoParticles || dry_radius <= kTiny) return {};
  const DryParticle dry = dry_particle(properties, mode);
  const double limit = kLowerRadius[mode + 1];
  const double middle = std::sqrt(kLowerRadius[mode] * limit) * kOverMass[mode];
  const double middle_mass = kSphere * dry.density * std::pow(middle, 3);
  const double limit_mass = kSphere * dry.density * std::pow(limit, 3);
  if (dry.mass <= middle_mass) return {};
  double below = 0.5 * std::erfc(-std::log(limit / dry_radius) / kLogWidth[mode] / std::numbers::sqrt2);
  if (below <= kTiny) below = 1.0;
  if (dry_radius > 10.0 * limit) below = 0.0;
  const double moving = (1.0 - below) * number, total = dry.mass * number;
  if (moving <= 0.0) return {below, 1.0};
  const double stay = below * number * middle_mass, moved = total - stay;
  if (moved / moving < limit_mass) below = 1.0 - moved / (limit_mass * number);
  return {below, stay / total};
}

}  // namespace

CellState transfer_grown(const CellState& state, const Properties& properties) {
  CellState moved = state;
  for (std::size_t mode = 0; mode + 1 < kSoluble; ++mode) {
    const Staying stays = staying(state, properties, mode);
    const auto move = [&](std::size_t column, std::size_t target, double share) {
      const double amount = state[column] * share;
      moved[column] -= amount;
      moved[target] += amount;
    };
    move(number_of(mode), number_of(mode + 1), 1.0 - stays.number);
    for (std::size_t j = 0; j < kMasses; ++j)
      if (static_cast<std::size_t>(kMassColumns[j].mode) == mode)
        move(So4Ns + j, static_cast<std::size_t>(kMassColumns[j].next), 1.0 - stays.mass);
  }
  return moved;
}

StepTrace m7_step(const Air& air, const CellState& state) {
  StepTrace trace;
  trace.before = properties(air, state, {});
  trace.condensation = condense(air, state, trace.before);
  trace.nucleation = nucleate(air, trace.condensation);
  trace.kernel = coagulation_kernel(air, state, trace.before);
  trace.coagulated = coagulate_and_age(state, trace.before, trace.condensation, trace.nucleation, trace.kernel);
  trace.aged = properties(air, trace.coagulated, trace.before);
  trace.moved = transfer_grown(trace.coagulated, trace.aged);
  trace.after = properties(air, trace.moved, trace.aged);
  return trace;
}

}  // namespace difftrack::aerosol::reference
