// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/nuclear.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "difftrack/simulate/helium.hpp"
#include "difftrack/simulate/nuclear_data.hpp"

namespace difftrack::simulate {

namespace {

constexpr int kProducts = 3;  // of the tables: p, d, alpha

const Nuclei& choose_target(const Medium& medium, const Particle& incoming, bool elastic, core::RandomStream& random) {
  const double energy = incoming.energy / kSpecies[incoming.species].mass_ratio();
  const auto weight = [&](const Nuclei& n) {
    if (incoming.species == kHelium) {
      const auto cross = helium_cross_section(n.z, n.a, energy);
      return n.per_mm_mb * (elastic ? cross.elastic : cross.nonelastic);
    }
    if (n.z == 1) return elastic ? n.per_mm_mb * proton_proton_cross_section(energy) : 0.0;
    const auto cross = nuclear_cross_section(n.z, n.a, energy);
    return n.per_mm_mb * (elastic ? cross.elastic : cross.nonelastic);
  };
  double total = 0.0;
  for (const auto& each : medium.nuclei()) total += weight(each);
  double left = random.uniform() * total;
  const Nuclei* last = nullptr;
  for (const auto& each : medium.nuclei()) {
    const double here = weight(each);
    if (here <= 0.0) continue;
    last = &each;
    left -= here;
    if (left <= 0.0) break;
  }
  return last != nullptr ? *last : medium.nuclei().front();
}

/// The row below or above `energy`, chosen at random so that the mean of any quantity is linear in energy.
const EmissionRow& choose_row(std::span<const EmissionRow> rows, double energy, core::RandomStream& random) {
  const auto above =
      std::find_if(rows.begin(), rows.end(), [energy](const auto& row) { return row.incident >= energy; });
  const double draw = random.uniform();
  if (above == rows.begin()) return rows.front();
  if (above == rows.end()) return rows.back();
  const auto& low = *(above - 1);
  return draw * (above->incident - low.incident) < energy - low.incident ? *above : low;
}

/// Cosine from a density exp(a cos theta) on [-1, 1].
double draw_cosine(double slope, core::RandomStream& random) {
  const double draw = random.uniform();
  if (std::abs(slope) < 1e-3) return 2.0 * draw - 1.0;
  return std::clamp(1.0 + std::log(draw + (1.0 - draw) * std::exp(-2.0 * slope)) / slope, -1.0, 1.0);
}

}  // namespace

void draw_optical_depths(Particle& particle, core::RandomStream& random) {
  particle.to_nonelastic = random.exponential();
  particle.to_elastic = random.exponential();
}

void nonelastic_reaction(const Medium& medium, const Particle& incoming, core::RandomStream& random,
                         std::vector<Particle>& emitted) {
  if (incoming.species == kHelium) return helium_fragments(incoming, random, emitted);
  const Nuclei& target = choose_target(medium, incoming, false, random);
  double left = incoming.energy;
  for (int product = 0; product < kProducts; ++product) {
    const auto rows = emission_rows(target.z, product);
    if (rows.empty()) continue;
    const EmissionRow& row = choose_row(rows, incoming.energy, random);
    const double factor = product == 0 ? proton_yield(target.z, incoming.energy) : product == 1 ? kDeuteronYield : 1.0;
    const double mean = row.multiplicity * factor;
    const int number = static_cast<int>(mean + random.uniform());
    for (int i = 0; i < number; ++i) {
      const double draw = random.uniform();
      std::size_t bin = 0;
      while (bin + 2 < kQuantiles && kQuantileLevels[bin + 1] <= draw) ++bin;
      const double inside = (draw - kQuantileLevels[bin]) / (kQuantileLevels[bin + 1] - kQuantileLevels[bin]);
      const double fraction =
          row.energy_fraction[bin] + inside * (row.energy_fraction[bin + 1] - row.energy_fraction[bin]);
      const double cosine = draw_cosine(row.angular_slope[bin], random);
      const double phi = 2.0 * std::numbers::pi * random.uniform();
      const double energy = fraction * incoming.energy;
      if (energy > left || energy < kStopEnergy) continue;
      left -= energy;
      Particle particle;
      particle.position = incoming.position;
      particle.direction = turned(incoming.direction, std::sqrt(1.0 - cosine * cosine), cosine, phi);
      particle.energy = energy;
      particle.species = static_cast<std::uint8_t>(product);
      if (product == 1 && random.uniform() < kTritonShare) particle.species = kTriton;
      if (product == 2 && random.uniform() < kHelium3Share) particle.species = kHelium3;
      particle.process = Process::NonElastic;
      if (product == 0) draw_optical_depths(particle, random);
      emitted.push_back(particle);
    }
  }
}

void elastic_scattering(const Medium& medium, Particle& incoming, core::RandomStream& random,
                        std::vector<Particle>& emitted) {
  const Nuclei& target = choose_target(medium, incoming, true, random);
  const double phi = 2.0 * std::numbers::pi * random.uniform();
  const bool helium = incoming.species == kHelium;
  const double mass = kSpecies[incoming.species].mass, energy = incoming.energy;
  const double momentum2 = energy * (energy + 2.0 * mass);
  if (target.z == 1 && !helium) {
    // Isotropic in the centre of mass; there tan(lab angle) = sin / (gamma_cm (cos + 1)), and T shares linearly. The
    // protons cannot be told apart: the faster one goes on as the incoming one.
    const double cosine_cm = 2.0 * random.uniform() - 1.0;
    const double kept = 0.5 * (1.0 + cosine_cm) * energy;
    const double gamma_cm = std::sqrt(1.0 + 0.5 * energy / mass);
    const double sine_cm = std::sqrt(1.0 - cosine_cm * cosine_cm);
    const double angle = std::atan2(sine_cm, gamma_cm * (1.0 + cosine_cm));
    const double recoil_angle = std::atan2(sine_cm, gamma_cm * (1.0 - cosine_cm));
    if (energy - kept > kStopEnergy) {
      Particle recoil;
      recoil.position = incoming.position;
      recoil.direction =
          turned(incoming.direction, std::sin(recoil_angle), std::cos(recoil_angle), phi + std::numbers::pi);
      recoil.energy = energy - kept;
      recoil.process = Process::ProtonProton;
      draw_optical_depths(recoil, random);
      emitted.push_back(recoil);
    }
    incoming.direction = turned(incoming.direction, std::sin(angle), std::cos(angle), phi);
    incoming.energy = kept;
    return;
  }
  const auto cross = helium ? helium_cross_section(target.z, target.a, energy / kSpecies[incoming.species].mass_ratio())
                            : nuclear_cross_section(target.z, target.a, energy);
  const double target_mass = target.a * matter::kAmu;
  const double s = mass * mass + target_mass * target_mass + 2.0 * (energy + mass) * target_mass;
  const double p_cm2 = momentum2 * target_mass * target_mass / s;
  const double highest = 4.0 * p_cm2;
  const double slope = random.uniform() < cross.tail_share ? cross.tail_slope : cross.slope;
  const double t = -std::log(1.0 - random.uniform() * (1.0 - std::exp(-slope * highest))) / slope;
  const double recoil = t / (2.0 * target_mass);
  const double after = std::max(energy - recoil, 0.0);
  const double after2 = after * (after + 2.0 * mass);
  const double recoil2 = t + recoil * recoil;
  const double cosine = after2 > 0.0 ? (momentum2 + after2 - recoil2) / (2.0 * std::sqrt(momentum2 * after2)) : 1.0;
  const double safe = std::clamp(cosine, -1.0, 1.0);
  if (target.z == 1 && recoil > kStopEnergy) {
    // At rest before: its share of the momentum transfer lies across from the beam's particle, at cos = (E + M) T / (P
    // p).
    const double p = std::sqrt(recoil2);
    const double forward = std::clamp((energy + mass + target_mass) * recoil / (std::sqrt(momentum2) * p), 0.0, 1.0);
    Particle struck;
    struck.position = incoming.position;
    struck.direction = turned(incoming.direction, std::sqrt(1.0 - forward * forward), forward, phi + std::numbers::pi);
    struck.energy = recoil;
    struck.process = Process::ProtonProton;
    draw_optical_depths(struck, random);
    emitted.push_back(struck);
  }
  incoming.direction = turned(incoming.direction, std::sqrt(1.0 - safe * safe), safe, phi);
  incoming.energy = after;
}

}  // namespace difftrack::simulate
