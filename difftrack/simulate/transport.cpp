// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/transport.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/simulate/electrons.hpp"
#include "difftrack/simulate/fluctuation.hpp"
#include "difftrack/simulate/nuclear.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kLowestCosine = 0.05;  // flatter tracks are given up: they leave the aperture
constexpr double kWorldRadius = 400.0;  // [mm] farther from the axis a particle is lost
constexpr double kAirStep = 100.0;      // [mm]
constexpr double kDeltaGap = 20.0;      // [mm] gas farther from a bare sensor sends it no delta electrons
constexpr double kLowestRecoil = 0.1;   // [MeV] slower nuclei are no particles of their own, as in Geant4
constexpr double kRecoilEnergy = 1.5;   // [MeV] mean of the nucleus that a non-elastic reaction leaves
constexpr double kLongLoss = 0.01;      // of the energy: steps in which the stopping power changes
constexpr double kShortLoss = 0.002;    // of the energy: the stopping power is the same all along
constexpr double kOnSurface = 1e-9;     // [mm]

Vector to_local(const Vector& v, const Placement& p) {
  return {p.cosine * v[0] - p.sine * v[2], v[1], p.sine * v[0] + p.cosine * v[2]};
}

/// Mean energy [MeV] of a proton of `energy` behind `length` [mm]; 0 when it stops before.
double energy_after(const Medium& medium, const Medium::Point& here, double energy, double length) {
  const double lost = here.stopping * length, rest = here.range - length;
  if (lost < kShortLoss * energy) return energy - lost;
  if (rest <= 0.0) return 0.0;
  // First guess by a stopping power that falls as E^-0.77.
  return medium.energy_at_range(rest, std::max(energy - lost * (1.0 + 0.385 * lost / energy), 0.1));
}

/// `here`: of the medium at the particle's velocity.
Medium::Reactions reactions_of(const Particle& particle, const Medium& medium, const Medium::Point& here) {
  return particle.species == kProton
             ? here.reactions
             : medium.helium_reactions(particle.energy / kSpecies[particle.species].mass_ratio());
}

}  // namespace

Transport::Transport(const World& world) : world_(world) {
  if (world_.stack == nullptr || world_.air == nullptr) return;
  air_threshold_ = delta_threshold(*world_.air, world_.physics.electron_cut);
  sensor_threshold_ = 1e9;
  for (const auto& block : world_.stack->blocks())
    if (block.layer >= 0)
      sensor_threshold_ = std::min(sensor_threshold_, delta_threshold(*block.medium, world_.physics.electron_cut));
}

void Transport::operator()(std::int64_t event, Particle primary, core::RandomStream& random, event::Steps& steps) {
  event_ = event;
  last_track_ = primary.track;
  waiting_.clear();
  photons_.clear();
  follow(primary, random, steps);
  while (!waiting_.empty()) {
    const Particle next = waiting_.back();
    waiting_.pop_back();
    follow(next, random, steps);
  }
}

void Transport::follow(Particle particle, core::RandomStream& random, event::Steps& steps) {
  step_ = 1;  // slot 0 of a track belongs to its making
  if (particle.position[2] < world_.stack->front() - kOnSurface) {
    if (!cross_phantom(particle, random) || !cross_air(world_.stack->front(), particle, random)) particle.energy = 0.0;
  }
  if (particle.energy > 0.0) cross_stack(particle, random, steps);
  while (!photons_.empty()) {
    const Particle photon = photons_.back();
    photons_.pop_back();
    follow_photon(photon, random, steps);
  }
}

Transport::Reaction Transport::next_reaction(const Medium::Reactions& here, double length, Particle& particle) const {
  Reaction next;
  if (!particle.reacts() || !world_.physics.nuclear) return next;
  const double depth_n = here.nonelastic * length, depth_e = here.elastic * length;
  if (depth_n > particle.to_nonelastic) next = {particle.to_nonelastic / depth_n, true, true};
  if (depth_e * next.share > particle.to_elastic) next = {particle.to_elastic / depth_e, true, false};
  particle.to_nonelastic -= depth_n * next.share;
  particle.to_elastic -= depth_e * next.share;
  return next;
}

bool Transport::travel(const Medium& medium, double length, double density, Particle& particle,
                       core::RandomStream& random, Way way, double foils) {
  const Species& species = kSpecies[particle.species];
  const double mass_ratio = species.mass_ratio();
  const bool stepwise =
      way == Way::Slab && world_.physics.scattering != Scattering::Displaced && world_.physics.step_share < kWholeSlabs;
  double left = length;
  while (left > 0.0) {
    next_slot(particle, random);
    const auto here = medium.at(particle.energy / mass_ratio);
    double next = left;
    if (stepwise) {
      const double longest =
          longest_step(here.range * mass_ratio / (species.charge2 * density), world_.physics.step_share);
      if (left - foils > longest) next = longest;
    }
    const auto [share, reacts, nonelastic] =
        next_reaction(reactions_of(particle, medium, here), next * density, particle);
    const double step = next * share;
    // The same loss per mass ratio as of a proton on this length.
    const double proton_length = step * density * species.charge2 / mass_ratio;
    const double mean_after = mass_ratio * energy_after(medium, here, particle.energy / mass_ratio, proton_length);
    if (mean_after < kStopEnergy) {
      particle.energy = 0.0;
      return false;
    }
    const Kinematics middle = kinematics(0.5 * (particle.energy + mean_after), species.mass);
    double loss = particle.energy - mean_after;
    const double normal = random.normal();
    if (world_.physics.straggling) {
      const double mean = loss;
      loss = thick_loss(medium, species, middle, mean, step * density, normal);
      // What a proton has lost more on the way makes it lose more on the rest: deviations grow as the stopping power.
      if (mean > kLongLoss * particle.energy)
        loss = std::max(0.0, mean + (loss - mean) * medium.at(mean_after / mass_ratio).stopping /
                                        medium.at((particle.energy - 0.5 * mean) / mass_ratio).stopping);
    }
    particle.energy -= loss;
    for (std::size_t i = 0; i < 3; ++i) particle.position[i] += step * particle.direction[i];
    left -= step;
    if (particle.energy < kStopEnergy) {
      particle.energy = 0.0;
      return false;
    }
    scatter(world_.physics.scattering, medium, species, step * density, middle.pv,
            world_.physics.step_shift && (way == Way::Within || left > 0.0), particle, random);
    if (!reacts) continue;
    next_slot(particle, random);
    const std::size_t first = waiting_.size();
    if (nonelastic) {
      nonelastic_reaction(medium, particle, random, waiting_);
      if (world_.physics.electrons) release_photons(particle, random);
      adopt(first, particle);
      particle.energy = 0.0;
      return false;
    }
    elastic_scattering(medium, particle, random, waiting_);
    adopt(first, particle);
    particle.to_elastic = random.exponential();
    if (particle.energy < kStopEnergy) {
      particle.energy = 0.0;
      return false;
    }
    break;  // the direction is new: the caller finds the way to the next boundary
  }
  return true;
}

void Transport::adopt(std::size_t first, const Particle& parent) {
  for (std::size_t i = first; i < waiting_.size(); ++i) {
    waiting_[i].track = ++last_track_;
    waiting_[i].parent = parent.track;
  }
}

bool Transport::cross_phantom(Particle& particle, core::RandomStream& random) {
  if (world_.phantom == nullptr) return true;
  while (true) {
    if (particle.direction[2] < kLowestCosine) return false;
    const Vector from{particle.position[0], particle.position[1], particle.position[2] - world_.placement.z};
    const Stretch stretch =
        world_.phantom->ahead(to_local(from, world_.placement), to_local(particle.direction, world_.placement));
    if (stretch.length < 0.0) return true;
    const bool inside = stretch.medium != nullptr;
    const double step = inside ? phantom_step(stretch, particle) : std::min(stretch.length, kAirStep);
    const Way way = step < stretch.length ? Way::Within : Way::ToFace;
    if (!travel(inside ? *stretch.medium : *world_.air, step, inside ? stretch.density : 1.0, particle, random, way))
      return false;
    if (std::abs(particle.position[0]) > kWorldRadius || std::abs(particle.position[1]) > kWorldRadius) return false;
  }
}

double Transport::phantom_step(const Stretch& stretch, const Particle& particle) const {
  const Species& species = kSpecies[particle.species];
  const double range = stretch.medium->range(species, particle.energy) / stretch.density;
  return std::min({stretch.length, world_.phantom_step, longest_step(range, world_.physics.step_share)});
}

bool Transport::cross_air(double z, Particle& particle, core::RandomStream& random) {
  while (particle.position[2] < z - kOnSurface) {
    if (particle.direction[2] < kLowestCosine) return false;
    const double rest = (z - particle.position[2]) / particle.direction[2];
    const bool last = rest <= kAirStep;
    if (!travel(*world_.air, last ? rest : kAirStep, 1.0, particle, random)) return false;
  }
  return std::abs(particle.position[0]) < kWorldRadius && std::abs(particle.position[1]) < kWorldRadius;
}

void Transport::cross_stack(Particle& particle, core::RandomStream& random, event::Steps& steps) {
  const auto& blocks = world_.stack->blocks();
  // The block the particle is in, or on whose face it stands, looking along its direction.
  const bool down = particle.direction[2] > 0.0;
  const double look = particle.position[2] + (down ? 1e-7 : -1e-7);
  auto index = std::upper_bound(blocks.begin(), blocks.end(), look,
                                [](double z, const Block& block) { return z < block.front; }) -
               blocks.begin() - 1;
  while (index >= 0 && index < static_cast<std::ptrdiff_t>(blocks.size())) {
    const Block& block = blocks[static_cast<std::size_t>(index)];
    const double cosine = particle.direction[2];
    if (std::abs(cosine) < kLowestCosine || std::abs(particle.position[0]) > kWorldRadius ||
        std::abs(particle.position[1]) > kWorldRadius)
      return;
    const bool forward = cosine > 0.0;
    const double face = forward ? block.front + block.thickness : block.front;
    const double length = std::max((face - particle.position[2]) / cosine, 0.0);
    if (block.layer >= 0) {
      if (forward && world_.physics.electrons) release_deltas(block, particle, random, steps);
      if (!cross_sensor(block, length, particle, random, steps)) return;
    } else {
      const Vector before = particle.direction;
      if (!travel(*block.medium, length, 1.0, particle, random, Way::Slab, block.lever / std::abs(cosine))) return;
      // The deflection happened where the thick slab ends, a little before the face.
      if (forward && block.lever > 0.0 && particle.direction[2] > kLowestCosine)
        for (std::size_t i = 0; i < 2; ++i)
          particle.position[i] += block.lever * (particle.direction[i] / particle.direction[2] - before[i] / before[2]);
      // A reaction inside, or a path that deflections made longer: go on in the same block. Deflections may also have
      // taken it past the face.
      if (length > 0.0 && std::abs(face - particle.position[2]) > 1e-7) continue;
    }
    particle.position[2] = face;
    const bool onward = particle.direction[2] > 0.0;
    if (onward != forward) continue;  // turned round on the face: back into the block it came from
    index += onward ? 1 : -1;
  }
}

bool Transport::cross_sensor(const Block& block, double length, Particle& particle, core::RandomStream& random,
                             event::Steps& steps) {
  next_slot(particle, random);
  const Species& species = kSpecies[particle.species];
  const double mass_ratio = species.mass_ratio();
  const auto here = block.medium->at(particle.energy / mass_ratio);
  const double rest = here.range - length * species.charge2 / mass_ratio;
  const double loss = here.stopping * species.charge2 * length;
  double mean = particle.energy;
  if (rest > 0.0) {
    mean = loss < 0.02 * particle.energy
               ? loss
               : particle.energy - mass_ratio * block.medium->energy_at_range(rest, particle.energy / mass_ratio);
  }
  const Kinematics kin = kinematics(particle.energy, species.mass);
  const double highest = max_transfer(kin, species.mass);
  // With a cut below the largest transfer, hard collisions make electrons of their own and leave the rest.
  DeltaYield own;
  if (world_.physics.electrons && sensor_threshold_ < highest && particle.reacts())
    own = delta_yield(*block.medium, kin, species.charge2 * length, sensor_threshold_, highest);
  mean = std::max(mean - own.energy, 0.0);
  double edep = mean;
  if (world_.physics.straggling && mean < 0.9 * particle.energy)
    edep = thin_loss(*block.medium, kin, mean, own.number > 0.0 ? sensor_threshold_ : highest, random);
  edep = std::min(edep, particle.energy);
  const Vector entry = particle.position;
  Vector middle = entry;
  for (std::size_t i = 0; i < 3; ++i) {
    middle[i] += 0.5 * length * particle.direction[i];
    particle.position[i] += length * particle.direction[i];
  }
  record(block, middle, edep, species.pdg, particle.process, particle.track, particle.parent, steps);
  particle.energy -= edep;
  if (own.number > 0.0) release_own_deltas(block, entry, length, own.number, highest, particle, random, steps);
  if (particle.energy < kStopEnergy) return false;
  scatter(world_.physics.scattering, *block.medium, species, length, kin.pv, false, particle, random);
  if (particle.reacts() && world_.physics.nuclear) return react_in_sensor(block, length, particle, random, steps);
  return true;
}

bool Transport::react_in_sensor(const Block& block, double length, Particle& particle, core::RandomStream& random,
                                event::Steps& steps) {
  const double velocity_energy = particle.energy / kSpecies[particle.species].mass_ratio();
  const auto here = reactions_of(particle, *block.medium, block.medium->at(velocity_energy));
  particle.to_nonelastic -= here.nonelastic * length;
  particle.to_elastic -= here.elastic * length;
  const bool nonelastic = particle.to_nonelastic <= 0.0;
  if (!nonelastic && particle.to_elastic > 0.0) return true;
  next_slot(particle, random);
  const std::size_t first = waiting_.size();
  const Vector at = particle.position;
  double recoil = 0.0;  // stays where it is made: its range is micrometres
  if (nonelastic) {
    nonelastic_reaction(*block.medium, particle, random, waiting_);
    if (world_.physics.electrons) release_photons(particle, random);
    recoil = kRecoilEnergy * random.exponential();
  } else {
    const double before = particle.energy;
    elastic_scattering(*block.medium, particle, random, waiting_);
    if (waiting_.size() == first) recoil = before - particle.energy;
    particle.to_elastic = random.exponential();
  }
  adopt(first, particle);
  if (recoil > kLowestRecoil)
    record(block, at, recoil, pdg::kSilicon, Process::Recoil, ++last_track_, particle.track, steps);
  if (nonelastic) particle.energy = 0.0;
  return particle.energy >= kStopEnergy;
}

void Transport::record(const Block& block, const Vector& middle, double edep, std::int32_t pdg, Process process,
                       std::int32_t track, std::int32_t parent, event::Steps& steps) const {
  if (std::abs(middle[0]) > world_.half_width || std::abs(middle[1]) > world_.half_height || edep <= 0.0) return;
  steps.event.push_back(static_cast<std::int32_t>(event_));
  steps.track.push_back(track);
  steps.parent.push_back(parent);
  steps.pdg.push_back(pdg);
  steps.process.push_back(static_cast<std::uint8_t>(process));
  steps.layer.push_back(block.layer);
  steps.x.push_back(static_cast<float>(middle[0]));
  steps.y.push_back(static_cast<float>(middle[1]));
  steps.z.push_back(static_cast<float>(middle[2]));
  steps.edep.push_back(static_cast<float>(edep));
}

void Transport::release_deltas(const Block& sensor, const Particle& particle, core::RandomStream& random,
                               event::Steps& steps) {
  if (!particle.reacts()) return;
  const Species& species = kSpecies[particle.species];
  const double gas = sensor.gas + (sensor.open ? world_.air_before : 0.0);
  if (sensor.slowest > 0.6 && sensor_threshold_ > 0.6) return;  // no proton of the tables reaches it
  const Kinematics kin = kinematics(particle.energy, species.mass);
  const double highest = max_transfer(kin, species.mass), cosine = particle.direction[2];
  const double lowest = std::max(air_threshold_, sensor.slowest);
  const bool from_gas = gas > 0.0 && lowest < highest;
  const bool from_solid = sensor.solid > 0.0 && sensor_threshold_ < highest;
  if (!from_gas && !from_solid) return;
  next_slot(particle, random);
  if (from_gas) {
    const double length = sensor.window > 0.0 ? gas : std::min(gas, kDeltaGap);
    const DeltaYield made = delta_yield(*world_.air, kin, species.charge2 * length / cosine, lowest, highest);
    for (int left = poisson(made.number, random); left > 0; --left) {
      const double energy = draw_delta_energy(kin, lowest, highest, random);
      const double distance = length * random.uniform();
      record_electron(sensor, cross_gas(*world_.air, energy, highest, distance, sensor.window, random), particle,
                      random, steps);
    }
  }
  if (from_solid) {
    const DeltaYield made =
        delta_yield(*sensor.medium, kin, species.charge2 * sensor.solid / cosine, sensor_threshold_, highest);
    for (int left = poisson(made.number, random); left > 0; --left) {
      const double energy = draw_delta_energy(kin, sensor_threshold_, highest, random);
      const double distance = sensor.solid * random.uniform(), forward = std::max(delta_cosine(energy, highest), 0.05);
      const double way = distance / forward;
      const double rest = electron_range(*sensor.medium, energy) - kElectronDetour * way;
      if (rest <= 0.0) continue;
      record_electron(sensor,
                      {std::min(energy, electron_energy_at_range(*sensor.medium, rest)), forward,
                       way * std::sqrt(1.0 - forward * forward)},
                      particle, random, steps);
    }
  }
}

void Transport::record_electron(const Block& sensor, const ArrivedElectron& electron, const Particle& parent,
                                core::RandomStream& random, event::Steps& steps) {
  if (electron.energy <= 0.0) return;
  const double phi = 2.0 * std::numbers::pi * random.uniform();
  const double sine = std::sqrt(1.0 - electron.cosine * electron.cosine);
  const double path = std::min(sensor.thickness / electron.cosine, electron_range(*sensor.medium, electron.energy));
  Vector middle = parent.position;
  const double side = electron.lateral + 0.5 * path * sine;
  middle[0] += side * std::cos(phi);
  middle[1] += side * std::sin(phi);
  middle[2] += 0.5 * path * electron.cosine;
  const double edep = electron_deposit(*sensor.medium, electron.energy, path, random);
  record(sensor, middle, edep, pdg::kElectron, Process::Delta, ++last_track_, parent.track, steps);
}

void Transport::release_own_deltas(const Block& sensor, const Vector& entry, double length, double number,
                                   double highest, Particle& particle, core::RandomStream& random,
                                   event::Steps& steps) {
  const Kinematics kin = kinematics(particle.energy, kSpecies[particle.species].mass);
  for (int left = poisson(number, random); left > 0; --left) {
    const double energy = std::min(draw_delta_energy(kin, sensor_threshold_, highest, random), particle.energy);
    const double share = random.uniform(), cosine = std::max(delta_cosine(energy, highest), 0.05);
    const double phi = 2.0 * std::numbers::pi * random.uniform();
    const double rest = (1.0 - share) * sensor.thickness / cosine, range = electron_range(*sensor.medium, energy);
    const double path = std::min(rest, range), side = 0.5 * path * std::sqrt(1.0 - cosine * cosine);
    Vector middle = entry;
    for (std::size_t i = 0; i < 3; ++i) middle[i] += share * length * particle.direction[i];
    middle[0] += side * std::cos(phi);
    middle[1] += side * std::sin(phi);
    const double edep =
        range <= rest ? energy : std::max(energy - electron_energy_at_range(*sensor.medium, range - rest), 0.0);
    particle.energy -= energy;
    record(sensor, middle, edep, pdg::kElectron, Process::Delta, ++last_track_, particle.track, steps);
  }
}

void Transport::release_photons(const Particle& at, core::RandomStream& random) {
  const int number = poisson(kPhotonsPerReaction, random);
  for (int i = 0; i < number; ++i) {
    Particle photon = at;
    const double cosine = 2.0 * random.uniform() - 1.0;
    photon.direction =
        turned({0, 0, 1}, std::sqrt(1.0 - cosine * cosine), cosine, 2.0 * std::numbers::pi * random.uniform());
    photon.energy = kPhotonMeanEnergy * random.exponential();
    photon.parent = at.track;
    photon.track = 0;
    photon.process = Process::Photon;
    photons_.push_back(photon);
  }
}

void Transport::follow_photon(const Particle& photon, core::RandomStream& random, event::Steps& steps) {
  if (photon.energy < 0.1) return;
  const auto& blocks = world_.stack->blocks();
  const double cosine = photon.direction[2];
  if (std::abs(cosine) < kLowestCosine) return;
  Vector position = photon.position;
  const bool forward = cosine > 0.0;
  std::ptrdiff_t index = 0;
  if (position[2] < world_.stack->front()) {
    if (!forward) return;
    const double way = (world_.stack->front() - position[2]) / cosine;
    for (std::size_t i = 0; i < 3; ++i) position[i] += way * photon.direction[i];
  } else {
    index = std::upper_bound(blocks.begin(), blocks.end(), position[2],
                             [](double z, const Block& block) { return z < block.front; }) -
            blocks.begin() - 1;
  }
  double depth = random.exponential();
  double electron = 0.0;  // its energy once it is made [MeV]
  std::int32_t track = 0;
  for (; index >= 0 && index < static_cast<std::ptrdiff_t>(blocks.size()); index += forward ? 1 : -1) {
    const Block& block = blocks[static_cast<std::size_t>(index)];
    const double face = forward ? block.front + block.thickness : block.front;
    double length = std::max((face - position[2]) / cosine, 0.0);
    if (electron == 0.0) {
      const double optical = compton_attenuation(*block.medium, photon.energy) * length;
      if (optical < depth) {
        depth -= optical;
      } else {
        const double way = length * depth / optical;
        for (std::size_t i = 0; i < 3; ++i) position[i] += way * photon.direction[i];
        length -= way;
        electron = draw_compton_electron(photon.energy, random);
        track = ++last_track_;
      }
    }
    if (electron > 0.0) {
      if (block.layer >= 0) {
        const double edep = electron_deposit(*block.medium, electron, length, random);
        Vector middle = position;
        for (std::size_t i = 0; i < 3; ++i) middle[i] += 0.5 * length * photon.direction[i];
        record(block, middle, edep, pdg::kElectron, Process::Photon, track, photon.parent, steps);
        electron -= edep;
      } else {
        const double left = electron_range(*block.medium, electron) - 2.0 * length;  // scattering doubles its way
        electron = left > 0.0 ? electron_energy_at_range(*block.medium, left) : 0.0;
      }
      if (electron < 1e-3) return;
    }
    for (std::size_t i = 0; i < 3; ++i) position[i] += length * photon.direction[i];
    if (std::abs(position[0]) > kWorldRadius || std::abs(position[1]) > kWorldRadius) return;
  }
}

}  // namespace difftrack::simulate
