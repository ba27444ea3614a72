// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/layer_matter.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {
namespace {

TEST(LayerMatter, AgreesWithTheBergenDetectorsTable) {
  const auto matter = layer_matter(read_detector("bergen-dtc"));
  ASSERT_EQ(matter.plane_z.size(), 43U);
  ASSERT_EQ(matter.gap_wet.size(), 42U);
  // GATE: 8.17 mm of water per calorimeter layer; X/X0 0.0428, nearly all of it aluminium; tracker 0.0050.
  EXPECT_NEAR(matter.gap_wet[20], 8.13, 0.08);
  EXPECT_NEAR(matter.gap_scattering[20], 12.3 * (0.87 + 0.03 * std::log(13.0)) * std::sqrt(0.0428), 0.05);
  EXPECT_NEAR(matter.gap_scattering[0], 12.3 * (0.87 + 0.03 * std::log(8.0)) * std::sqrt(0.0050), 0.05);
  EXPECT_NEAR(matter.plane_wet(12) - matter.plane_wet(2), 10 * matter.gap_wet[20], 1e-9);
}

TEST(LayerMatter, RefusesAnUnknownElement) {
  Detector d;
  d.materials = {{"odd", 1.0, {"Xx"}, {1.0}, 0.0}};
  EXPECT_THROW(layer_matter(d), core::InputError);
}

}  // namespace
}  // namespace difftrack::detector
