// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/helium.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "difftrack/simulate/nuclear.hpp"

namespace difftrack::simulate {

namespace {

constexpr double kFermi2 = 10.0;             // [mb]
constexpr double kReduced = 197.3269804;     // hbar c [MeV fm]
constexpr double kElasticShare = 0.5;        // of the reaction cross section
constexpr double kElasticOnHydrogen = 0.25;  // the same on protons
constexpr double kSpread = 80.0;             // [MeV] Goldhaber's sigma_0 of so light a nucleus

/// Root mean square radius of a nucleus [fm], a fit to charge radii.
double rms_radius(double a) { return a < 1.5 ? 0.85 : a < 4.5 ? 1.68 : 0.84 * std::cbrt(a) + 0.55; }

/// Tripathi's D: how transparent nuclei are to each other.
double transparency(int z, double a, double energy) {
  if (z == 1) return 1.85 + 0.16 / (1.0 + std::exp((500.0 - energy) / 200.0));
  return 2.2 - 8e-3 * a + 1.8e-5 * a * a - 0.3 / (1.0 + std::exp((120.0 - energy) / 50.0));
}

/// What a reaction leaves, and how often: some 25 % of reactions change the mass alone, and hydrogen comes as p, d, t
/// like 0.6 : 0.3 : 0.1 behind water (Rovituso et al., PMB 62 (2017) 1310).
struct Channel {
  double share;
  std::array<std::uint8_t, 2> species;
};
constexpr std::array<Channel, 5> kChannels{Channel{0.25, {kHelium3, kHelium3}}, Channel{0.18, {kTriton, kProton}},
                                           Channel{0.08, {kDeuteron, kDeuteron}}, Channel{0.27, {kDeuteron, kProton}},
                                           Channel{0.22, {kProton, kProton}}};

}  // namespace

NuclearCrossSection helium_cross_section(int z, double a, double energy) {
  constexpr double kRadius = 1.1, kHere = 4.0, kCharge = 2.0;  // [fm]; of the projectile
  const double cbrt_t = std::cbrt(std::round(a)), cbrt_p = std::cbrt(kHere);
  const double centre_of_mass = energy * kHere * a / (kHere + a);  // [MeV], not relativistic, as good as needed
  if (centre_of_mass <= 0.0) return {};
  const double root = std::cbrt(centre_of_mass);
  const double radius = 1.29 * (rms_radius(kHere) + rms_radius(a)) + 1.2 * (cbrt_p + cbrt_t) / root;
  const double barrier = 1.44 * kCharge * z / radius;
  const double opens = z == 1 ? 23.0 : 40.0;  // [MeV/u]
  const double seen = transparency(z, a, energy) * (1.0 - std::exp(-energy / opens)) -
                      0.292 * std::exp(-energy / 792.0) * std::cos(0.229 * std::pow(energy, 0.453));
  const double size = cbrt_p * cbrt_t / (cbrt_p + cbrt_t);
  const double asymmetry = z == 1 ? 0.0 : 0.91 * (a - 2.0 * z) * kCharge / (a * kHere);
  const double grown = 1.85 * size + 0.16 * size / root - seen + asymmetry;
  const double larger = std::max(a, kHere);
  const double x1 = 2.83 - 3.1e-2 * larger + 1.7e-4 * larger * larger;
  const double x = 1.0 - x1 * std::exp(-energy / (x1 * (1.2 + 1.6 * (1.0 - std::exp(-energy / 15.0)))));
  const double reach = kRadius * (cbrt_p + cbrt_t + grown);
  const double fermi2 = std::numbers::pi * reach * reach *
                        std::max(0.0, 1.0 - (z == 1 ? 27.0 : 1.0) * barrier / centre_of_mass) * std::max(0.0, x);
  NuclearCrossSection cross;
  cross.nonelastic = kFermi2 * fermi2;
  cross.elastic = (z == 1 ? kElasticOnHydrogen : kElasticShare) * cross.nonelastic;
  cross.slope = std::max(fermi2, 1.0) / std::numbers::pi / 4.0 / (kReduced * kReduced);
  return cross;
}

void helium_fragments(const Particle& incoming, core::RandomStream& random, std::vector<Particle>& emitted) {
  double draw = random.uniform();
  const Channel* channel = kChannels.data();
  while (channel != &kChannels.back() && draw >= channel->share) draw -= channel++->share;
  const Species& beam = kSpecies[incoming.species];
  const double gamma = 1.0 + incoming.energy / beam.mass, boost = std::sqrt(gamma * gamma - 1.0);
  const std::size_t number = channel->species[0] == kHelium3 ? 1 : 2;
  double left = incoming.energy;
  for (std::size_t i = 0; i < number; ++i) {
    const Species& species = kSpecies[channel->species[i]];
    const double width =
        kSpread * std::sqrt(species.nucleons * (beam.nucleons - species.nucleons) / (beam.nucleons - 1.0));
    const auto across = random.normal_pair();
    const double px = width * across[0], py = width * across[1], along = width * random.normal();
    const double inside = std::sqrt(species.mass * species.mass + px * px + py * py + along * along);
    const double pz = gamma * along + boost * inside, p2 = px * px + py * py + pz * pz, p = std::sqrt(p2);
    Particle particle;
    particle.energy = p2 / (std::sqrt(species.mass * species.mass + p2) + species.mass);
    particle.energy = std::min(particle.energy, left);  // the spread takes no account of what the partner got
    if (particle.energy < kStopEnergy) continue;
    left -= particle.energy;
    particle.position = incoming.position;
    particle.direction = turned_by(incoming.direction, px / p, py / p, pz / p);
    particle.species = channel->species[i];
    particle.process = Process::NonElastic;
    if (particle.species == kProton) draw_optical_depths(particle, random);
    emitted.push_back(particle);
  }
}

}  // namespace difftrack::simulate
