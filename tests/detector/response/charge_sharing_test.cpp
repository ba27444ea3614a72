// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/charge_sharing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "difftrack/core/random.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

TEST(FastAtan, IsTheArcTangent) {
  double worst = 0.0;
  for (int i = -4000; i <= 4000; ++i) {
    const auto t = static_cast<float>(std::sinh(0.005 * i));
    worst = std::max(worst, std::fabs(static_cast<double>(fast_atan(t)) - std::atan(static_cast<double>(t))));
  }
  EXPECT_LT(worst, 1.5e-7);
  EXPECT_EQ(fast_atan(0.0F), 0.0F);
  EXPECT_EQ(fast_atan(-2.5F), -fast_atan(2.5F));
  EXPECT_NEAR(fast_atan(std::numeric_limits<float>::infinity()), std::numbers::pi / 2, 1e-6);
}

TEST(KernelShare, IsTheIntegralOfTheKernel) {
  const double g = 0.0047;
  // midpoint rule over one pixel, beside its centre
  const double x0 = 0.002, x1 = 0.031, y0 = -0.010, y1 = 0.017;
  const int n = 800;
  double sum = 0.0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      const double x = x0 + (i + 0.5) * (x1 - x0) / n, y = y0 + (j + 0.5) * (y1 - y0) / n;
      sum += g / (2.0 * std::numbers::pi * std::pow(x * x + y * y + g * g, 1.5));
    }
  EXPECT_NEAR(kernel_share(x0, x1, y0, y1, g), sum * (x1 - x0) * (y1 - y0) / n / n, 1e-6);
  EXPECT_NEAR(kernel_share(-1e4, 1e4, -1e4, 1e4, g), 1.0, 1e-6);
  EXPECT_NEAR(kernel_share(0, 1e4, 0, 1e4, g), 0.25, 1e-6);
}

TEST(AddShares, EqualsTheReferenceOnEveryPixelInBothLayouts) {
  Detector d = pixel_test_detector(1, 64, 64);
  d.pixels.chip_columns = 32, d.pixels.chip_rows = 16;
  d.pixels.half_width += 0.1, d.pixels.half_height += 0.1;
  core::RandomStream stream(3, 0);
  for (const PixelLayout layout : {PixelLayout::Spread, PixelLayout::Chips}) {
    const PixelGeometry g(d.pixels, layout);
    for (int trial = 0; trial < 200; ++trial) {
      const double x = 0.9 * (2 * stream.uniform() - 1), y = 0.9 * (2 * stream.uniform() - 1);
      const PixelBox box = pixels_within(g, x, y, 0.2);
      if (g.x.index(x) < 0 || g.y.index(y) < 0) {
        EXPECT_TRUE(box.empty());
        continue;
      }
      ASSERT_FALSE(box.empty());
      std::vector<float> grid(static_cast<std::size_t>(box.columns()) * static_cast<std::size_t>(box.rows())), corners;
      add_shares(g, x, y, 0.0047, 2.0F, box, box, grid, corners);
      std::size_t cell = 0;
      for (std::int32_t r = box.row_begin; r < box.row_end; ++r)
        for (std::int32_t c = box.column_begin; c < box.column_end; ++c, ++cell) {
          EXPECT_EQ(g.x.chip(c), g.x.chip(g.x.index(x))) << "charge must stay on its chip";
          const double dx = g.x.centre(c) - x, dy = g.y.centre(r) - y;
          ASSERT_NEAR(grid[cell],
                      2.0 * kernel_share(dx - 0.5 * g.x.pitch(), dx + 0.5 * g.x.pitch(), dy - 0.5 * g.y.pitch(),
                                         dy + 0.5 * g.y.pitch(), 0.0047),
                      2.5e-7);
        }
    }
  }
}

TEST(PixelsWithin, LeavesOutOnlyPixelsThatCollectLessThanNegligible) {
  const Detector d = pixel_test_detector(1, 200, 200);
  const PixelGeometry g(d.pixels);
  const ChargeKernel kernel;
  core::RandomStream stream(4, 0);
  for (const double charge : {300.0, 3000.0, 30000.0}) {
    const double x = 0.03 * stream.uniform(), y = 0.03 * stream.uniform();
    const PixelBox box = pixels_within(g, x, y, kernel.reach(charge, 9e-4, 2.0));
    for (std::int32_t r = 0; r < 200; ++r)
      for (std::int32_t c = 0; c < 200; ++c) {
        const bool inside = c >= box.column_begin && c < box.column_end && r >= box.row_begin && r < box.row_end;
        const double dx = g.x.centre(c) - x, dy = g.y.centre(r) - y;
        const double share = kernel_share(dx - 0.015, dx + 0.015, dy - 0.015, dy + 0.015, kernel.gamma);
        if (!inside) {
          ASSERT_LT(share * charge * kernel.collected, 2.0);
        }
      }
  }
}

}  // namespace
}  // namespace difftrack::detector
