// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/nuclear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/simulate/nuclear_data.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

TEST(Nuclear, ReactionsEmitWholeParticlesWithinTheEnergy) {
  const Medium oxygen(matter::Material{"oxygen", 1.1, {"O"}, {1.0}, 0.0});
  std::array<double, 3> counts{};
  double forward = 0, fast = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    core::RandomStream random(2, static_cast<std::uint64_t>(i));
    Particle proton;
    proton.energy = 200.0;
    std::vector<Particle> emitted;
    nonelastic_reaction(oxygen, proton, random, emitted);
    double sum = 0;
    for (const auto& p : emitted) {
      sum += p.energy;
      counts[p.species] += 1;
      EXPECT_EQ(p.process, Process::NonElastic);
      EXPECT_NEAR(std::hypot(p.direction[0], p.direction[1], p.direction[2]), 1.0, 1e-9);
      if (p.species == 0 && p.energy > 100.0) fast += 1, forward += p.direction[2];
    }
    EXPECT_LE(sum, 200.0);
  }
  // ICRU 63 at 200 MeV on oxygen: 2.165 p, 0.428 d, 0.853 alpha, here times the fitted 1.7, 0.25 and 1. What is below
  // 0.3 MeV or asks for more energy than is left is dropped, protons being drawn first.
  const auto kept = [&](std::size_t product, double mean) { return counts[product] / n / mean; };
  EXPECT_GT(kept(0, 1.7 * 2.165), 0.80);
  EXPECT_LE(kept(0, 1.7 * 2.165), 1.00);
  EXPECT_GT(kept(1, 0.25 * 0.428), 0.55);
  EXPECT_LE(kept(1, 0.25 * 0.428), 1.03);
  EXPECT_GT(kept(2, 0.853), 0.80);
  EXPECT_LE(kept(2, 0.853), 1.02);
  EXPECT_GT(forward / fast, 0.8);  // fast protons go forward
}

TEST(Nuclear, ProtonProtonScatteringConservesEnergyAndMomentum) {
  const Medium hydrogen(matter::Material{"hydrogen", 0.07, {"H"}, {1.0}, 0.0});
  for (int i = 0; i < 500; ++i) {
    core::RandomStream random(3, static_cast<std::uint64_t>(i));
    Particle proton;
    proton.energy = 180.0;
    std::vector<Particle> emitted;
    elastic_scattering(hydrogen, proton, random, emitted);
    if (emitted.empty()) {
      EXPECT_GT(proton.energy, 180.0 - kStopEnergy);
      continue;
    }
    ASSERT_EQ(emitted.size(), 1U);
    EXPECT_EQ(emitted[0].process, Process::ProtonProton);
    EXPECT_NEAR(proton.energy + emitted[0].energy, 180.0, 1e-9);
    const auto momentum = [](double t) { return std::sqrt(t * (t + 2 * kProtonMass)); };
    for (std::size_t axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(
          momentum(proton.energy) * proton.direction[axis] + momentum(emitted[0].energy) * emitted[0].direction[axis],
          axis == 2 ? momentum(180.0) : 0.0, 1e-5 * momentum(180.0));
  }
}

// For aluminium near 145 MeV a typical angle of 160 mrad (docs/simulate.md#nuclear-reactions).
TEST(Nuclear, ElasticScatteringIsADiffractionPeak) {
  const Medium aluminium(matter::named_material("aluminium"));
  double squares = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    core::RandomStream random(4, static_cast<std::uint64_t>(i));
    Particle proton;
    proton.energy = 145.0;
    std::vector<Particle> emitted;
    elastic_scattering(aluminium, proton, random, emitted);
    EXPECT_TRUE(emitted.empty());
    EXPECT_LE(proton.energy, 145.0);
    const double angle = std::acos(proton.direction[2]);
    squares += angle * angle;
  }
  EXPECT_NEAR(std::sqrt(squares / n), 0.165, 0.012);
}

}  // namespace
