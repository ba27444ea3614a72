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

}  // namespace
}  // namespace difftrack::matter
