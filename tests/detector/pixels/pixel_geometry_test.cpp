// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixel_geometry.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {
namespace {

PixelMatrix bergen() {
  PixelMatrix m;
  m.columns = 9216, m.rows = 6144;
  m.half_width = 135.4, m.half_height = 83.15;
  m.pitch_x = 0.02924, m.pitch_y = 0.02688;
  m.chip_columns = 1024, m.chip_rows = 512;
  return m;
}

TEST(PixelGeometry, CentreAndIndexAreInverseForEveryPixelInBothLayouts) {
  for (const PixelLayout layout : {PixelLayout::Spread, PixelLayout::Chips}) {
    const PixelGeometry g(bergen(), layout);
    for (const PixelAxis* axis : {&g.x, &g.y})
      for (std::int32_t i = 0; i < axis->pixels(); ++i) {
        ASSERT_EQ(axis->index(axis->centre(i)), i);
        ASSERT_EQ(axis->index(axis->centre(i) - 0.499 * axis->pitch()), i);
        ASSERT_EQ(axis->index(axis->centre(i) + 0.499 * axis->pitch()), i);
        ASSERT_NEAR(axis->centre(i), -axis->centre(axis->pixels() - 1 - i), 1e-9);
      }
  }
}

TEST(PixelGeometry, SpreadCoversTheWholeExtentAndNothingOutside) {
  const PixelGeometry g(bergen());
  EXPECT_EQ(g.x.index(-135.4), 0);
  EXPECT_EQ(g.x.index(135.4), 9215);
  EXPECT_EQ(g.y.index(83.15), 6143);
  for (const double outside : {-135.41, 135.41, 1e30, -1e30, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()})
    EXPECT_EQ(g.x.index(outside), -1) << outside;
  EXPECT_NEAR(g.x.pitch(), 2 * 135.4 / 9216, 1e-12);
}

TEST(PixelGeometry, ChipsLeaveGapsThatHoldNoPixel) {
  const PixelGeometry g(bergen(), PixelLayout::Chips);
  EXPECT_NEAR(g.x.gap(), (2 * 135.4 - 9216 * 0.02924) / 8, 1e-9);  // 0.166 mm
  EXPECT_NEAR(g.y.gap(), (2 * 83.15 - 6144 * 0.02688) / 11, 1e-9);
  const double edge = g.x.centre(1023) + 0.5 * g.x.pitch();
  EXPECT_EQ(g.x.index(edge - 1e-6), 1023);
  EXPECT_EQ(g.x.index(edge + 1e-6), -1);
  EXPECT_EQ(g.x.index(edge + g.x.gap() - 1e-6), -1);
  EXPECT_EQ(g.x.index(edge + g.x.gap() + 1e-6), 1024);
  EXPECT_EQ(g.x.chip(1023), 0);
  EXPECT_EQ(g.x.chip(1024), 1);
  EXPECT_EQ(g.x.index(135.4), 9215);
}

TEST(PixelGeometry, BadMatricesAreRefusedWithFieldAndValue) {
  const auto field_of = [](const PixelMatrix& m, PixelLayout layout) -> std::string {
    try {
      PixelGeometry g(m, layout);
    } catch (const core::InputError& e) {
      return e.where().field;
    }
    return "accepted";
  };
  PixelMatrix m = bergen();
  EXPECT_EQ(field_of(m, PixelLayout::Chips), "accepted");
  m.pitch_x = 0.03;
  EXPECT_EQ(field_of(m, PixelLayout::Spread), "accepted");
  EXPECT_EQ(field_of(m, PixelLayout::Chips), "pixels.pitch_x");
  m = bergen(), m.rows = 0;
  EXPECT_EQ(field_of(m, PixelLayout::Spread), "pixels.rows");
  m = bergen(), m.chip_columns = 1000;
  EXPECT_EQ(field_of(m, PixelLayout::Spread), "pixels.chip_columns");
  m = bergen(), m.half_height = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(field_of(m, PixelLayout::Spread), "pixels.half_height");
}

}  // namespace
}  // namespace difftrack::detector
