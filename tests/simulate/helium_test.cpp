// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/helium.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "difftrack/simulate/nuclear.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/simulate/transport.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

Particle helium(double per_nucleon) {
  Particle particle;
  particle.species = kHelium;
  particle.energy = 4.0 * per_nucleon;
  return particle;
}

TEST(Helium, CrossSectionsAreThoseMeasuredOnCarbonAndCloseAtTheBarrier) {
  // Horst et al. 2019: mass-changing on carbon near 500 mb from 100 to 200 MeV/u; p + 4He some 100 mb.
  for (const double energy : {100.0, 150.0, 200.0}) {
    EXPECT_NEAR(helium_cross_section(6, 12.011, energy).nonelastic, 500.0, 50.0) << energy;
    EXPECT_NEAR(helium_cross_section(1, 1.008, energy).nonelastic, 100.0, 20.0) << energy;
    EXPECT_GT(helium_cross_section(8, 15.999, energy).nonelastic, helium_cross_section(6, 12.011, energy).nonelastic);
    EXPECT_GT(helium_cross_section(14, 28.085, energy).nonelastic, helium_cross_section(8, 15.999, energy).nonelastic);
  }
  EXPECT_EQ(helium_cross_section(74, 183.84, 1.0).nonelastic, 0.0);
  EXPECT_EQ(helium_cross_section(6, 12.011, 0.0).nonelastic, 0.0);
}

TEST(Helium, MediaKnowItsReactions) {
  const Medium water(matter::named_material("water"));
  const auto here = water.helium_reactions(150.0);
  const double molecules = 3.3428e22 * 0.1;  // per cm2 and mm
  const auto oxygen = helium_cross_section(8, 15.999, 150.0), hydrogen = helium_cross_section(1, 1.008, 150.0);
  EXPECT_NEAR(here.nonelastic, molecules * 1e-27 * (oxygen.nonelastic + 2.0 * hydrogen.nonelastic),
              0.01 * here.nonelastic);
  EXPECT_GT(here.nonelastic, 2.0 * water.at(150.0).reactions.nonelastic);  // twice as many are lost as protons
  EXPECT_LT(here.nonelastic, 3.0 * water.at(150.0).reactions.nonelastic);
}

TEST(Helium, FragmentsFlyOnAtTheBeamsVelocityInTheSharesOfTheirChannels) {
  std::array<double, kSpecies.size()> counts{};
  double slope2 = 0.0, per_nucleon = 0.0, protons = 0.0;
  constexpr int kReactions = 20000;
  for (int i = 0; i < kReactions; ++i) {
    core::RandomStream random(4, static_cast<std::uint64_t>(i));
    std::vector<Particle> emitted;
    helium_fragments(helium(150.0), random, emitted);
    double sum = 0.0;
    for (const Particle& each : emitted) {
      sum += each.energy;
      counts[each.species] += 1;
      EXPECT_EQ(each.reacts(), each.species == kProton);
      EXPECT_NEAR(std::hypot(each.direction[0], each.direction[1], each.direction[2]), 1.0, 1e-9);
      if (each.species != kHelium3) continue;
      per_nucleon += each.energy / 3.0;
      slope2 += std::pow(each.direction[0] / each.direction[2], 2);
    }
    EXPECT_LE(sum, 600.0);
    protons += counts[kProton];
  }
  EXPECT_NEAR(counts[kHelium3] / kReactions, 0.25, 0.01);
  EXPECT_NEAR(counts[kTriton] / kReactions, 0.18, 0.01);
  EXPECT_NEAR(counts[kDeuteron] / kReactions, 0.43, 0.015);
  EXPECT_NEAR(counts[kProton] / kReactions, 0.89, 0.02);
  EXPECT_EQ(counts[kHelium], 0.0);
  EXPECT_NEAR(per_nucleon / counts[kHelium3], 150.0, 2.0);
  // Goldhaber: 80 MeV sqrt(3 (4 - 3) / 3) across a momentum of three nucleons of 550 MeV.
  EXPECT_NEAR(std::sqrt(slope2 / counts[kHelium3]), 80.0 / (3.0 * 551.0), 0.003);
}

TEST(Helium, ScatteringOnHydrogenConservesEnergyAndMomentum) {
  const Medium hydrogen(matter::Material{"hydrogen", 0.07, {"H"}, {1.0}, 0.0});
  int struck = 0;
  for (int i = 0; i < 500; ++i) {
    core::RandomStream random(3, static_cast<std::uint64_t>(i));
    Particle particle = helium(150.0);
    std::vector<Particle> emitted;
    elastic_scattering(hydrogen, particle, random, emitted);
    if (emitted.empty()) continue;
    ++struck;
    EXPECT_NEAR(particle.energy + emitted[0].energy, 600.0, 1e-9);
    const auto momentum = [](const Particle& p) {
      return std::sqrt(p.energy * (p.energy + 2.0 * kSpecies[p.species].mass));
    };
    for (std::size_t axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(momentum(particle) * particle.direction[axis] + momentum(emitted[0]) * emitted[0].direction[axis],
                  axis == 2 ? momentum(helium(150.0)) : 0.0, 1e-2 * momentum(emitted[0]) + 1e-6);
  }
  EXPECT_GT(struck, 400);
}

TEST(Helium, GoesAsFarAsAProtonOfItsVelocityAndScattersHalfAsMuch) {
  const Medium water(matter::named_material("water"));
  World world;
  world.physics.nuclear = world.physics.straggling = false;
  Transport transport(world);
  double widths[2] = {};
  for (const std::uint8_t species : {kProton, kHelium}) {
    const double energy = species == kHelium ? 600.0 : 150.0;
    const double range = water.range(kSpecies[species], energy);
    for (int i = 0; i < 4000; ++i) {
      core::RandomStream random(5, static_cast<std::uint64_t>(i));
      Particle particle;
      particle.species = species, particle.energy = energy;
      ASSERT_TRUE(transport.travel(water, 0.7 * range, 1.0, particle, random));
      if (i == 0) {
        EXPECT_NEAR(water.range(kSpecies[species], particle.energy), 0.3 * range, 0.002 * range);
      }
      widths[species == kHelium] += std::pow(particle.direction[0] / particle.direction[2], 2) / 4000.0;
    }
  }
  EXPECT_NEAR(std::sqrt(widths[1] / widths[0]), 0.53, 0.03);  // the law's logarithm grows with the charge
  EXPECT_NEAR(water.range(matter::kHelium, 600.0) / water.range(150.0), 1.0, 0.01);
}

TEST(Helium, BeamLeavesFourTimesTheChargeAndFragmentsWithTheirCodes) {
  SimulationConfig config;
  config.particle = matter::BeamParticle::Helium;
  config.primaries = 400;
  config.seed = 8;
  config.straggling = config.electrons = false;
  const event::Steps steps = Simulation(config).run();
  config.particle = matter::BeamParticle::Proton;
  const event::Steps protons = Simulation(config).run();
  const auto front = [](const event::Steps& of, std::int32_t pdg) {
    double sum = 0.0, number = 0.0;
    for (std::size_t i = 0; i < of.size(); ++i)
      if (of.layer[i] == 0 && of.parent[i] == 0 && of.pdg[i] == pdg)
        sum += static_cast<double>(of.edep[i]), number += 1.0;
    return sum / number;
  };
  EXPECT_NEAR(front(steps, pdg::kAlpha) / front(protons, pdg::kProton), 3.97, 0.03);
  std::size_t fragments = 0;
  for (std::size_t i = 0; i < steps.size(); ++i)
    fragments += steps.parent[i] != 0 && (steps.pdg[i] == pdg::kHelium3 || steps.pdg[i] == pdg::kDeuteron);
  EXPECT_GT(fragments, 400U);
}

}  // namespace
