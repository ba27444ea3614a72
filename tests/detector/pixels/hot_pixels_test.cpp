// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/hot_pixels.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/random.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

void add(event::Pixels& p, std::int32_t frame, std::int32_t layer, std::int32_t column, std::int32_t row) {
  p.frame.push_back(frame);
  p.layer.push_back(layer);
  p.column.push_back(column);
  p.row.push_back(row);
}

/// `readouts` of a beam spot (sd 60 pixels = 1.8 mm) in layer 0 and uniform hits in layer 1, and pixels that fire with
/// `rate`.
event::Pixels beam_and_hot(std::int32_t readouts, const std::vector<std::array<std::int32_t, 3>>& hot, double rate) {
  core::RandomStream stream(3, 1);
  event::Pixels p;
  for (std::int32_t f = 0; f < readouts; ++f) {
    for (int i = 0; i < 10; ++i) {
      const auto [gx, gy] = stream.normal_pair();
      add(p, f, 0, std::clamp(static_cast<std::int32_t>(150 + 60 * gx), 0, 299),
          std::clamp(static_cast<std::int32_t>(150 + 60 * gy), 0, 299));
      add(p, f, 1, static_cast<std::int32_t>(stream.below(300)), static_cast<std::int32_t>(stream.below(300)));
    }
    for (const auto& [layer, column, row] : hot)
      if (stream.uniform() < rate) add(p, f, layer, column, row);
  }
  return p;
}

TEST(PoissonTail, KnownValues) {
  EXPECT_DOUBLE_EQ(poisson_tail(0, 3.0), 1.0);
  EXPECT_NEAR(poisson_tail(1, 0.5), 1 - std::exp(-0.5), 1e-14);
  EXPECT_NEAR(poisson_tail(3, 2.0), 1 - std::exp(-2.0) * (1 + 2 + 2), 1e-14);
  EXPECT_NEAR(poisson_tail(2, 2.5), 1 - std::exp(-2.5) * 3.5, 1e-14);
  EXPECT_NEAR(poisson_tail(10, 0.01) / (std::pow(0.01, 10) / 3628800.0 * std::exp(-0.01)), 1.0, 1e-2);
  EXPECT_NEAR(poisson_tail(100, 100.0), 0.5132987982791487, 1e-9);
}

TEST(FindHotPixels, FindsEveryHotPixelAndNoGoodOne) {
  const Detector d = pixel_test_detector(2, 300, 300);
  const std::vector<std::array<std::int32_t, 3>> hot = {
      {0, 100, 100}, {0, 101, 100}, {0, 5, 5}, {1, 199, 199}, {1, 0, 63}};
  const event::Pixels p = beam_and_hot(2000, hot, 0.05);
  const HotPixels found = FindHotPixels()(p, d);
  EXPECT_EQ(found.places.size(), hot.size());
  for (const auto& [layer, column, row] : hot)
    EXPECT_TRUE(found.contains(layer, row, column)) << layer << " " << column;
  EXPECT_EQ(found.readouts, 2000);
  EXPECT_EQ(found.layers[0].hot_pixels, 3);
  EXPECT_EQ(found.layers[1].hot_pixels, 2);
  EXPECT_NEAR(found.layers[1].rate_after, 10.0, 0.01);
  const event::Pixels masked = mask_pixels(p, found);
  std::size_t from_hot = 0;
  for (std::size_t i = 0; i < p.size(); ++i) from_hot += found.contains(p.layer[i], p.row[i], p.column[i]);
  EXPECT_EQ(masked.size(), p.size() - from_hot);
  EXPECT_GE(from_hot, static_cast<std::size_t>(found.layers[0].hot_rows + found.layers[1].hot_rows));
  EXPECT_TRUE(FindHotPixels()(masked, d).places.empty());
  EXPECT_NE(describe(found).find("2000 readouts"), std::string::npos);
}

TEST(FindHotPixels, ABrightBeamSpotIsNotHot) {
  const Detector d = pixel_test_detector(2, 300, 300);
  EXPECT_TRUE(FindHotPixels()(beam_and_hot(4000, {}, 0.0), d).places.empty());
}

TEST(FindHotPixels, AWeakHotPixelHidesBehindAStrongOneOnlyForOneRound) {
  const Detector d = pixel_test_detector(1, 64, 64);
  event::Pixels p;
  for (std::int32_t f = 0; f < 5000; ++f) {
    for (std::int32_t c = 0; c < 60; ++c) add(p, f, 0, c, 3);
    if (f < 40) add(p, f, 0, 10, 40);
  }
  EXPECT_FALSE(FindHotPixels({.max_rounds = 1})(p, d).contains(0, 40, 10));
  EXPECT_TRUE(FindHotPixels()(p, d).contains(0, 40, 10));
}

TEST(FindHotPixels, NothingFromNothing) {
  const HotPixels none = FindHotPixels()(event::Pixels{}, pixel_test_detector(1, 8, 8));
  EXPECT_TRUE(none.places.empty());
  EXPECT_EQ(none.readouts, 0);
}

}  // namespace
}  // namespace difftrack::detector
