// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/nuclear.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "difftrack/simulate/nuclear_data.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

TEST(Nuclear, ReactionsEmitWholeParticlesWithinTheEnergy) {
  const Medium oxygen(matter::Material{"oxygen", 1.1, {"O"}, {1.0}, 0.0});
  std::array<double, kSpecies.size()> counts{};
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
  // ICRU 63 at 200 MeV on oxygen: 2.165 p, 0.428 d, 0.853 alpha, here times proton_yield, kDeuteronYield and 1. What is
  // below 0.3 MeV or asks for more energy than is left is dropped, protons being drawn first.
  EXPECT_DOUBLE_EQ(proton_yield(13, 100.0), 1.0);
  EXPECT_NEAR(proton_yield(13, 180.0), 1.5, 1e-12);
  EXPECT_DOUBLE_EQ(proton_yield(8, 50.0), proton_yield(8, 200.0));
  const auto kept = [&](double count, double mean) { return count / n / mean; };
  EXPECT_GT(kept(counts[0], proton_yield(8, 200.0) * 2.165), 0.80);
  EXPECT_LE(kept(counts[0], proton_yield(8, 200.0) * 2.165), 1.00);
  const double d = counts[1] + counts[kTriton], he = counts[2] + counts[kHelium3];
  EXPECT_GT(kept(d, kDeuteronYield * 0.428), 0.55);
  EXPECT_LE(kept(d, kDeuteronYield * 0.428), 1.03);
  EXPECT_GT(kept(he, 0.853), 0.80);
  EXPECT_LE(kept(he, 0.853), 1.02);
  EXPECT_NEAR(counts[kTriton] / d, kTritonShare, 0.02);
  EXPECT_NEAR(counts[kHelium3] / he, kHelium3Share, 0.02);
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

// Slow protons part at a right angle; fast ones at less, tan a tan b = 2 m / (T + 2 m) (relativistic kinematics).
TEST(Nuclear, ProtonProtonScatteringOpensARightAngle) {
  const Medium hydrogen(matter::Material{"hydrogen", 0.07, {"H"}, {1.0}, 0.0});
  for (const double energy : {3.0, 200.0}) {
    int seen = 0;
    for (int i = 0; i < 200; ++i) {
      core::RandomStream random(5, static_cast<std::uint64_t>(i));
      Particle proton;
      proton.energy = energy;
      std::vector<Particle> emitted;
      elastic_scattering(hydrogen, proton, random, emitted);
      if (emitted.empty()) continue;
      ++seen;
      const auto tangent = [](const Particle& p) {
        return std::hypot(p.direction[0], p.direction[1]) / p.direction[2];
      };
      EXPECT_NEAR(tangent(proton) * tangent(emitted[0]), 2.0 * kProtonMass / (energy + 2.0 * kProtonMass), 1e-6);
    }
    EXPECT_GT(seen, 150);
  }
}

// Barashenkov's cross sections as they stand in the table; other elements by their area.
TEST(Nuclear, CrossSectionsAreThoseOfTheTable) {
  const struct {
    int z;
    double a, energy, nonelastic, elastic;
  } rows[] = {{6, 12.011, 100, 222, 253},
              {8, 15.999, 200, 276, 102},
              {13, 26.982, 140, 403, 317},
              {14, 28.085, 60, 490, 1080},
              {74, 183.84, 180, 1600, 1190}};
  for (const auto& row : rows) {
    const auto cross = nuclear_cross_section(row.z, row.a, row.energy);
    EXPECT_NEAR(cross.nonelastic, row.nonelastic, 0.1) << row.z;
    EXPECT_NEAR(cross.elastic, row.elastic, 0.1) << row.z;
  }
  const auto aluminium = nuclear_cross_section(13, 26.982, 140), magnesium = nuclear_cross_section(12, 24.305, 140);
  EXPECT_NEAR(magnesium.elastic / aluminium.elastic, std::pow(24.305 / 26.982, 2.0 / 3.0), 1e-9);
}

// Momentum transfers of elastic scattering per element: the mean of peak and tail, the share beyond the peak, and the
// energy that the recoil takes.
TEST(Nuclear, ElasticScatteringIsADiffractionPeakAndATail) {
  const struct {
    const char* symbol;
    int z;
    double a;
  } targets[] = {{"C", 6, 12.011}, {"O", 8, 15.999}, {"Al", 13, 26.982}, {"Si", 14, 28.085}};
  for (const auto& target : targets) {
    const Medium medium(matter::Material{target.symbol, 1.0, {target.symbol}, {1.0}, 0.0});
    const double energy = 160.0;
    const auto cross = nuclear_cross_section(target.z, target.a, energy);
    double sum = 0.0, beyond = 0.0;
    const int n = 40000;
    const double limit = 6.0 / cross.slope;
    for (int i = 0; i < n; ++i) {
      core::RandomStream random(4, static_cast<std::uint64_t>(i));
      Particle proton;
      proton.energy = energy;
      std::vector<Particle> emitted;
      elastic_scattering(medium, proton, random, emitted);
      EXPECT_TRUE(emitted.empty());
      const double t = 2.0 * target.a * matter::kAmu * (energy - proton.energy);
      sum += t;
      beyond += t > limit;
      // Angle and loss belong together: t = (p - p')^2 - (E - E')^2.
      const auto momentum = [](double e) { return std::sqrt(e * (e + 2 * kProtonMass)); };
      const double p = momentum(energy), after = momentum(proton.energy), loss = energy - proton.energy;
      EXPECT_NEAR(p * p + after * after - 2.0 * p * after * proton.direction[2] - loss * loss, t, 1e-3 * t + 1.0);
    }
    const double share = cross.tail_share;
    EXPECT_NEAR(sum / n / ((1.0 - share) / cross.slope + share / cross.tail_slope), 1.0, 0.04) << target.symbol;
    const double expected = (1.0 - share) * std::exp(-6.0) + share * std::exp(-limit * cross.tail_slope);
    EXPECT_NEAR(beyond / n / expected, 1.0, 0.15) << target.symbol;
  }
}

}  // namespace
