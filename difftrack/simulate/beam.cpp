// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/beam.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::simulate {

Beam::Beam(const SimulationConfig& config, double source_z)
    : species_(config.particle == matter::BeamParticle::Helium ? kHelium : kProton),
      energy_(config.beam.energy),
      energy_spread_(config.energy_spread),
      sigma_(config.beam.sigma),
      divergence_(config.beam.divergence),
      correlation_(config.beam.correlation()),
      source_z_(source_z),
      pitch_(config.spot_pitch),
      steering_(config.beam.steering_distance),
      columns_(config.spots_x),
      rows_(config.spots_y),
      primaries_(config.primaries) {
  if (steering_ + source_z_ <= 0.0)
    throw core::InputError({"", "source_z", std::to_string(source_z)}, "lies before the scanning magnets");
}

std::array<double, 2> Beam::spot(std::int64_t event) const {
  const std::int64_t spots = columns_ * rows_;
  const auto index = static_cast<std::int64_t>(static_cast<double>(event) / static_cast<double>(primaries_) *
                                               static_cast<double>(spots));
  const std::int64_t safe = std::clamp<std::int64_t>(index, 0, spots - 1);
  return {pitch_ * (static_cast<double>(safe % columns_) - 0.5 * static_cast<double>(columns_ - 1)),
          pitch_ * (static_cast<double>(safe / columns_) - 0.5 * static_cast<double>(rows_ - 1))};
}

Particle Beam::primary(std::int64_t event, core::RandomStream& random) const {
  Particle particle;
  const auto centre = spot(event);
  const auto positions = random.normal_pair();
  const auto slopes = random.normal_pair();
  const double independent = std::sqrt(1.0 - correlation_ * correlation_);
  double slope[2];
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double steer = centre[axis] / steering_;
    particle.position[axis] = centre[axis] + steer * source_z_ + sigma_ * positions[axis];
    slope[axis] = steer + divergence_ * (correlation_ * positions[axis] + independent * slopes[axis]);
  }
  particle.position[2] = source_z_;
  const double norm = 1.0 / std::sqrt(1.0 + slope[0] * slope[0] + slope[1] * slope[1]);
  particle.direction = {slope[0] * norm, slope[1] * norm, norm};
  particle.species = species_;
  particle.energy =
      kSpecies[species_].nucleons * std::clamp(energy_ + energy_spread_ * random.normal(), kMinEnergy, kMaxEnergy);
  return particle;
}

}  // namespace difftrack::simulate
