// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/range_finder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/description.hpp"

namespace difftrack::image {
namespace {

struct Track {
  std::vector<std::int32_t> layers;
  std::vector<double> deposits;
};

/// A proton of that range, each deposit off by `width` times a normal number in its logarithm.
Track track_of(const RangeFinder& finder, double range, double width, core::RandomStream& random) {
  Track track;
  for (std::int32_t layer = 0; layer < 43 && finder.depth(layer) < range; ++layer) {
    track.layers.push_back(layer);
    track.deposits.push_back(std::exp(finder.log_deposit(range - finder.depth(layer)) + width * random.normal()));
  }
  return track;
}

class RangeFinderTest : public testing::Test {
 protected:
  detector::Detector detector_ = detector::read_detector("bergen-dtc");
  RangeFinder finder_{detector_, {}};
  core::RandomStream random_{7, 0};
};

TEST_F(RangeFinderTest, DepositsAsExpectedGiveTheRange) {
  for (const double range : {45.0, 100.3, 180.0, 251.7, 320.0}) {
    const Track track = track_of(finder_, range, 0.0, random_);
    const Range found = finder_(track.layers, track.deposits);
    EXPECT_NEAR(found.mean, range, 2.0) << range;
    EXPECT_LT(found.sd, 1.8) << range;
    EXPECT_FALSE(found.tail) << range;
  }
}

TEST_F(RangeFinderTest, PullsAreNormalWhereDepositsAreAsTheModelSays) {
  double square = 0.0, sum = 0.0;
  constexpr int kTracks = 2000;
  for (int i = 0; i < kTracks; ++i) {
    const double range = 60.0 + 200.0 * random_.uniform();
    const Track track = track_of(finder_, range, finder_.config().deposit_width, random_);
    const Range found = finder_(track.layers, track.deposits);
    const double pull = (found.mean - range) / found.sd;
    sum += pull, square += pull * pull;
  }
  EXPECT_NEAR(sum / kTracks, 0.0, 0.1);
  EXPECT_NEAR(std::sqrt(square / kTracks), 1.0, 0.1);
}

TEST_F(RangeFinderTest, EqualsThePlainReference) {
  for (int i = 0; i < 30; ++i) {
    const Track track = track_of(finder_, 40.0 + 9.3 * i, 0.3, random_);
    const Range fast = finder_(track.layers, track.deposits);
    const Range plain = find_range_reference(detector_, finder_.config(), 1.0, track.layers, track.deposits);
    EXPECT_NEAR(fast.mean, plain.mean, 0.15) << i;
    EXPECT_NEAR(fast.sd, plain.sd, 0.15) << i;
    EXPECT_EQ(fast.tail, plain.tail) << i;
  }
}

TEST_F(RangeFinderTest, AProtonLostOnItsWayIsATail) {
  Track track = track_of(finder_, 250.0, 0.0, random_);
  track.layers.resize(12);  // a reaction behind plane 11: the deposits are those of a proton that goes on
  track.deposits.resize(12);
  EXPECT_TRUE(finder_(track.layers, track.deposits).tail);
}

TEST_F(RangeFinderTest, DepositsOfZeroAndNoHitsAtAll) {
  const Range none = finder_({}, {});
  EXPECT_TRUE(none.tail);
  EXPECT_EQ(none.mean, 0.0);
  Track track = track_of(finder_, 150.0, 0.0, random_);
  std::fill(track.deposits.begin(), track.deposits.end(), 0.0);  // what is left is the gap behind the last plane
  const Range gap = finder_(track.layers, track.deposits);
  EXPECT_NEAR(gap.mean, finder_.depth(track.layers.back()) + 0.5 * 8.13, 0.1);
  EXPECT_NEAR(gap.sd, 8.13 / std::sqrt(12.0), 0.1);
}

TEST_F(RangeFinderTest, AScaleOfTheDepositsShiftsNothingThatIsTold) {
  const Track track = track_of(finder_, 150.0, 0.0, random_);
  std::vector<double> larger = track.deposits;
  for (double& deposit : larger) deposit *= 1.2;
  const RangeFinder told(detector_, {}, 1.2);
  EXPECT_NEAR(told(track.layers, larger).mean, finder_(track.layers, track.deposits).mean, 0.05);
}

TEST(RangeFinder, RefusesWhatItCannotUse) {
  const auto detector = detector::read_detector("bergen-dtc");
  EXPECT_THROW(RangeFinder(detector, {.deposit_width = 0.0}), core::InputError);
  auto blind = detector;
  for (auto& layer : blind.layers)
    for (auto& slab : layer.slabs) slab.sensitive = false;
  EXPECT_THROW(RangeFinder(blind, {}), core::InputError);
}

}  // namespace
}  // namespace difftrack::image
