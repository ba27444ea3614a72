// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/layer_matter.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"

namespace difftrack::track {
namespace {

TEST(LayerMatter, AgreesWithTheBergenDetectorsTable) {
  const auto matter = layer_matter(detector::read_detector("bergen-dtc"));
  ASSERT_EQ(matter.plane_z.size(), 43U);
  ASSERT_EQ(matter.gap_wet.size(), 42U);
  // docs/detector.md#shipped-descriptions: 8.13 mm of water per calorimeter layer from the list of slabs, X/X0 0.0428;
  // tracker 0.0050.
  EXPECT_NEAR(matter.gap_wet[20], 8.13, 0.08);
  EXPECT_NEAR(matter.gap_radiation[20], 0.0428, 0.0015);
  EXPECT_NEAR(matter.gap_radiation[0], 0.0050, 0.0005);
  EXPECT_NEAR(matter.plane_wet(12) - matter.plane_wet(2), 10 * matter.gap_wet[20], 1e-9);
}

TEST(LayerMatter, RangeAndEnergyAreInverse) {
  EXPECT_NEAR(range_in_water(230.0), 333.7, 1.0);
  for (const double energy : {1.0, 30.0, 150.0, 250.0})
    EXPECT_NEAR(energy_of_range(range_in_water(energy)), energy, 1e-9);
  EXPECT_EQ(energy_of_range(0.0), 0.0);
  EXPECT_NEAR(momentum_velocity(200.0), 644.44 * 0.56616, 0.02);  // momentum [MeV/c] times velocity
}

TEST(LayerMatter, RefusesAnUnknownElement) {
  detector::Detector d;
  d.materials = {{"odd", 1.0, {"Xx"}, {1.0}, 0.0}};
  EXPECT_THROW(layer_matter(d), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
