// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/medium.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/simulate/materials.hpp"
#include "difftrack/simulate/nuclear_data.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

// Geant4's water has I = 78 eV: CSDA range of 230 MeV protons 331 mm (PSTAR, 75 eV: 329.5); aluminium after PSTAR.
TEST(Medium, Ranges) {
  const Medium water(named_material("water")), aluminium(named_material("aluminium"));
  EXPECT_NEAR(water.range(230.0), 331.0, 0.7);
  EXPECT_NEAR(water.range(100.0), 77.5, 0.5);
  EXPECT_NEAR(aluminium.range(100.0), 100.1 / 2.70, 0.3);  // PSTAR: 10.01 g/cm2
}

TEST(Medium, EnergyAtRangeInvertsRange) {
  const Medium silicon(named_material("silicon"));
  for (const double energy : {0.5, 2.0, 10.0, 60.0, 150.0, 329.0})
    for (const double guess : {0.9 * energy, energy, 1.05 * energy})
      EXPECT_NEAR(silicon.energy_at_range(silicon.range(energy), guess), energy, 1e-4 * energy + 1e-6);
  EXPECT_EQ(silicon.energy_at_range(-1.0, 5.0), 0.0);
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
  EXPECT_NEAR(4.0 * pile.at(120.0).nonelastic, 3.0 * pure.at(120.0).nonelastic, 2e-5);
  EXPECT_THROW(Medium({{al, 0.0}}), core::InputError);
}

// Non-elastic totals of ICRU 63 [mb] (docs/simulate.md#nuclear-reactions). Oxygen and lighter nuclei are 11.5 % lower
// here (see nuclear_data.cpp).
TEST(Medium, NuclearCrossSections) {
  for (const double energy : {130.0, 160.0, 200.0, 250.0}) {
    const double al = nuclear_cross_section(13, 26.98, energy).nonelastic,
                 si = nuclear_cross_section(14, 28.09, energy).nonelastic;
    EXPECT_GE(al, 395.0);
    EXPECT_LE(al, 421.0);
    EXPECT_GE(si, 410.0);
    EXPECT_LE(si, 431.0);
    EXPECT_NEAR(nuclear_cross_section(8, 16.0, energy).nonelastic, 0.885 * 295.0, 1.0);
  }
  EXPECT_EQ(nuclear_cross_section(8, 16.0, 1.0).nonelastic, 0.0);
  // Heavier neighbours without a table grow with A^(2/3).
  EXPECT_NEAR(nuclear_cross_section(20, 40.08, 200.0).nonelastic / nuclear_cross_section(14, 28.085, 200.0).nonelastic,
              std::pow(40.08 / 28.085, 2.0 / 3.0), 1e-6);
}

}  // namespace
