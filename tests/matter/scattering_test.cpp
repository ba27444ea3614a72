// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/scattering.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace difftrack::matter {
namespace {

// Highland's formula, generalised to energy loss (Gottschalk et al. 1993), against T_dM integrated over the path:
// 158.6 MeV in 20 to 100 mm of water.
TEST(Scattering, DifferentialMoliereIntegratesToHighland) {
  const Medium water(named_material("water"));
  const double start = kinematics(158.6, kProtonMass).pv;
  double energy = 158.6, variance = 0.0, inverse = 0.0;
  for (int i = 1; i <= 1000; ++i) {
    const double step = 0.1;
    energy -= 0.5 * step * water.stopping(energy);
    const double pv = kinematics(energy, kProtonMass).pv;
    variance += scattering_variance(water, kProton, step, pv, start);
    inverse += step / (pv * pv);
    energy -= 0.5 * step * water.stopping(energy);
    if (i % 200 != 0) continue;
    const double crossed = 0.1 * i / water.radiation_length();
    const double highland = highland_angle(crossed, 1.0) * std::sqrt(inverse / (0.1 * i));
    EXPECT_NEAR(std::sqrt(variance) / highland, 1.0, 0.05) << 0.1 * i << " mm";
  }
}

TEST(Scattering, WidthsScaleWithChargeAndThickness) {
  const Medium lead(named_material("lead"));
  EXPECT_DOUBLE_EQ(scattering_variance(lead, kHelium, 3.0, 200.0, 300.0),
                   12.0 * scattering_power(lead, kProton, 200.0, 300.0));
  EXPECT_DOUBLE_EQ(slab_angle(13.0, 0.04, 200.0, kHelium), 2.0 * slab_angle(13.0, 0.04, 200.0));
  EXPECT_DOUBLE_EQ(slab_angle(13.0, 0.04, 200.0), 2.0 * slab_angle(13.0, 0.01, 200.0));
  // Highland's own example form: one radiation length, pv = 1 GeV.
  EXPECT_DOUBLE_EQ(highland_angle(1.0, 1000.0), 0.0141);
}

// One slab of 3 mm of aluminium: the form without a logarithm meets Highland's there, not in thicker or thinner layers.
TEST(Scattering, SlabAngleIsHighlandsInOneSlabOfAluminium) {
  const Medium aluminium(named_material("aluminium"));
  const double thickness = 3.0 / aluminium.radiation_length();
  EXPECT_NEAR(slab_angle(aluminium.mean_z(), thickness, 200.0) / highland_angle(thickness, 200.0), 1.0, 0.02);
  EXPECT_GT(slab_angle(13.0, 0.001, 200.0) / highland_angle(0.001, 200.0), 1.2);
}

// 3.5 mm of aluminium at 150 MeV, worked by hand from the formulas of the Geant4 Physics Reference Manual.
TEST(SlabLaw, WidthOfOneSlabOfAluminium) {
  const auto aluminium = named_material("aluminium");
  const SlabLaw law(aluminium);
  const double y = 3.5 / law.radiation_length(), pv = 279.0;
  EXPECT_NEAR(law.radiation_length(), 88.97, 0.2);
  const double sixth = std::pow(13.0, 1.0 / 6.0), factor = 0.990395 - 0.168386 * sixth + 0.093286 * sixth * sixth;
  const double bracket = factor * (1.0 - 0.08778 / 13.0 + (0.04078 + 1.7315e-4 * 13.0) * std::log(y));
  const auto shape = law.shape(std::log(3.5), std::log(pv), kProton);
  EXPECT_NEAR(std::sqrt(shape.width2), 13.6 / pv * std::sqrt(y) * bracket, 1e-6);
  EXPECT_GT(shape.tail, 2.2);
  EXPECT_LT(shape.tail, 3.2);
  // Twice the charge, twice the width; a thicker slab has a thinner tail.
  EXPECT_NEAR(law.shape(std::log(3.5), std::log(pv), kHelium).width2 / shape.width2, 4.0, 1e-9);
  EXPECT_GT(law.shape(std::log(35.0), std::log(pv), kProton).tail, shape.tail);
}

// Core and power law join without a step, and the deviate is the inverse of what both integrate to.
TEST(SlabLaw, DeviateInvertsTheDistribution) {
  for (const double tail : {1.9, 2.5, 3.3}) {
    const double share = slab_core_share(tail), widest = 1e7;
    EXPECT_NEAR(share * std::exp(-tail) / (1.0 - std::exp(-tail)), (1.0 - share) * (tail - 1.0) / tail, 1e-12);
    for (const double draw : {0.001, 0.3, 0.7, 0.999 * share})
      EXPECT_NEAR(share * (1.0 - std::exp(-SlabDeviate(tail, widest)(draw))) / (1.0 - std::exp(-tail)), draw, 1e-9);
    for (const double above : {0.001, 0.3, 0.7, 0.99}) {
      const double draw = share + above * (1.0 - share);
      EXPECT_NEAR(std::pow(SlabDeviate(tail, widest)(draw) / tail, 1.0 - tail), 1.0 - above, 1e-4);
    }
    EXPECT_LE(SlabDeviate(tail, 50.0)(1.0 - 1e-10), 50.0);
  }
}

}  // namespace
}  // namespace difftrack::matter
