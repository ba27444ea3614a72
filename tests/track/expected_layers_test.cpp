// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/expected_layers.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/medium.hpp"

namespace difftrack::track {
namespace {

TEST(ExpectedLayers, FollowARangeBackThroughTheDetector) {
  const auto detector = detector::read_detector("bergen-dtc");
  const auto matter = layer_matter(detector);
  const auto expected = expected_layers(detector, matter, 30);
  ASSERT_EQ(expected.size(), 31U);
  // Half a gap (4.06 mm of water) is left behind the last plane; PSTAR: 4.26 mm at 20 MeV.
  EXPECT_NEAR(matter::water().range(expected[30].energy), 0.5 * matter.gap_wet[30], 1e-3);
  EXPECT_NEAR(expected[30].energy, 19.5, 0.1);
  EXPECT_NEAR(matter::water().range(expected[5].energy),
              matter.plane_wet(30) - matter.plane_wet(5) + 0.5 * matter.gap_wet[30], 1e-3);
  for (std::size_t k = 1; k < expected.size(); ++k) {
    EXPECT_LT(expected[k].energy, expected[k - 1].energy) << k;
    EXPECT_GT(expected[k].deposit, expected[k - 1].deposit) << k;
  }
  // PSTAR, silicon: 20.2 MeV cm2/g at 20 MeV, falling as E^-0.76; 25 µm of 2.33 g/cm3.
  EXPECT_NEAR(expected[30].deposit, 20.2 * std::pow(20.0 / expected[30].energy, 0.76) * 25e-4 * 2.33, 0.001);
  // Rayleigh's 68 % quantile is 1.5096 projected widths.
  const double pv = matter::kinematics(expected[20].energy, matter::kProton.mass).pv;
  EXPECT_NEAR(expected[20].kink_68, 1.5096 * matter.gap_scattering[19] / pv, 1e-5);
  EXPECT_EQ(expected[0].kink_68, 0.0);
}

TEST(ExpectedLayers, OfTheLastPlaneAndOfNone) {
  const auto detector = detector::read_detector("bergen-dtc");
  const auto matter = layer_matter(detector);
  EXPECT_EQ(expected_layers(detector, matter, 42).size(), 43U);
  EXPECT_THROW(expected_layers(detector, matter, 43), core::InputError);
  EXPECT_THROW(expected_layers(detector, matter, -1), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
