// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/medium.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/straggling.hpp"
#include "tests/matter/pstar.hpp"

namespace difftrack::matter {
namespace {

// Geant4's water has I = 78 eV: CSDA range of 230 MeV protons 331 mm (PSTAR, 75 eV: 329.5); aluminium after PSTAR.
TEST(Medium, Ranges) {
  const Medium water(named_material("water")), aluminium(named_material("aluminium"));
  EXPECT_NEAR(water.range(230.0), 331.0, 0.7);
  EXPECT_NEAR(water.range(100.0), 77.5, 0.5);
  EXPECT_NEAR(aluminium.range(100.0), 100.1 / 2.70, 0.3);  // PSTAR: 10.01 g/cm2
}

TEST(Medium, RangesAgreeWithPstars) {
  const Pstar pstar;
  const struct {
    const char *column, *material;
    double tolerance;
  } cases[] = {{"Al", "aluminium", 0.001}, {"Si", "silicon", 0.001}, {"W", "tungsten", 0.001},
               {"C", "carbon", 0.001},     {"air", "air", 0.001},    {"water", "water", 0.005}};
  for (const auto& [column, name, tolerance] : cases) {
    const Material material = named_material(name);
    const Medium medium(material);
    for (std::size_t row = 0; row < pstar.rows(); ++row) {
      const double energy = pstar.energy(row);
      if (energy < 10.0 || energy > 330.0) continue;
      EXPECT_NEAR(0.1 * material.density * medium.range(energy) / pstar.range(column, row), 1.0, tolerance)
          << name << " at " << energy << " MeV";
    }
  }
}

TEST(Medium, EnergyAtRangeInvertsRange) {
  const Medium silicon(named_material("silicon"));
  for (const double energy : {0.5, 2.0, 10.0, 60.0, 150.0, 329.0}) {
    for (const double guess : {0.9 * energy, energy, 1.05 * energy})
      EXPECT_NEAR(silicon.energy_at_range(silicon.range(energy), guess), energy, 1e-4 * energy + 1e-6);
    EXPECT_NEAR(silicon.energy_at_range(silicon.range(energy)), energy, 1e-5 * energy);
    EXPECT_NEAR(silicon.energy_at_range(kHelium, silicon.range(kHelium, energy)), energy, 1e-5 * energy);
  }
  EXPECT_EQ(silicon.energy_at_range(-1.0, 5.0), 0.0);
  EXPECT_EQ(silicon.energy_at_range(0.0), 0.0);
  EXPECT_EQ(silicon.energy_at_range(1e6), Medium::kTableEnd);
}

TEST(Medium, RangeRisesAndItsInverseToo) {
  const Medium water(named_material("water"));
  double range_before = 0.0, energy_before = 0.0, spread_before = 0.0;
  for (double energy = 0.02; energy < 355.0; energy *= 1.01) {
    EXPECT_GT(water.range(energy), range_before) << energy;
    EXPECT_GE(water.range_straggling(energy), spread_before) << energy;
    EXPECT_GT(water.energy_at_range(water.range(energy)), energy_before) << energy;
    range_before = water.range(energy);
    spread_before = water.range_straggling(energy);
    energy_before = water.energy_at_range(range_before);
  }
}

TEST(Medium, RangeIsTheIntegralOfTheInverseStoppingPower) {
  const Medium water(named_material("water"));
  double sum = 0.0;
  const double step = 0.001;
  for (double e = 20.0; e < 120.0 - step / 2; e += step) sum += step / water.stopping(e + 0.5 * step);
  EXPECT_NEAR(water.range(120.0) - water.range(20.0), sum, 2e-4 * sum);
}

TEST(Medium, PileOfSlabsIsTheSumOfItsSlabs) {
  const auto al = named_material("aluminium"), air = named_material("air");
  const Medium pile({{al, 3.0}, {air, 1.0}}), pure(al);
  EXPECT_NEAR(4.0 * pile.stopping(120.0), 3.0 * pure.stopping(120.0), 2e-3);
  EXPECT_NEAR(4.0 / pile.radiation_length(), 3.0 / pure.radiation_length(), 1e-5);
  EXPECT_THROW(Medium({{al, 0.0}}), core::InputError);
}

TEST(Medium, HeliumGoesAsFarAsAProtonOfEqualVelocity) {
  const Medium water(named_material("water"));
  EXPECT_NEAR(water.range(kHelium, 600.0) / water.range(600.0 / kHelium.mass_ratio()), 0.99315, 1e-4);
  EXPECT_NEAR(water.stopping(kHelium, 600.0) / water.stopping(600.0 / kHelium.mass_ratio()), 4.0, 1e-12);
}

// Bortfeld, Med. Phys. 24 (1997) 2024: 0.012 cm (R/cm)^0.935 in water. His variance per length is Bohr's at low
// velocity; relativity, (1 - beta^2/2) gamma^2, adds 5 to 8 % to the width.
TEST(Medium, RangeStragglingIsBortfeldsWithRelativity) {
  const Medium water(named_material("water"));
  for (const double energy : {70.0, 100.0, 150.0, 200.0, 230.0}) {
    const double published = 0.12 * std::pow(0.1 * water.range(energy), 0.935);
    EXPECT_NEAR(water.range_straggling(energy) / published, 1.065, 0.02) << energy;
  }
}

TEST(Medium, BohrVarianceIsRossisConstantAtLowVelocity) {
  // 0.157 MeV^2 cm2/g Z/A x at small beta (Bohr): 0.0872 MeV^2 per cm of water.
  EXPECT_NEAR(bohr_variance(Medium(named_material("water")), kProton, 2.0, 10.0), 0.0872, 0.0006);
}

}  // namespace
}  // namespace difftrack::matter
