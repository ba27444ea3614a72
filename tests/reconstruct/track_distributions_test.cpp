// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/track_distributions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "difftrack/track/expected_layers.hpp"
#include "tests/core/temporary_folder.hpp"

namespace difftrack::reconstruct {
namespace {

using ::testing::ElementsAre;

constexpr std::int32_t kLayers = 8;

/// Two tracks of 8 and 6 hits with scores 1 and 0.5; in layer 4 the first has a kink of 0.1 rad. The second mixes the
/// events 1 and 2 when `mixed`.
event::Frame two_tracks(const detector::Detector& detector, bool truth, bool mixed, FrameResult& result) {
  event::Frame frame;
  std::vector<std::vector<std::int32_t>> numbers(2);
  for (std::int32_t layer = kLayers - 1; layer >= 0; --layer) {
    frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
    for (std::size_t t = 0; t < 2; ++t) {
      if (t == 1 && layer >= 6) continue;
      const double z = detector.layers[static_cast<std::size_t>(layer)].sensitive_z;
      const double behind = z - detector.layers[4].sensitive_z;
      numbers[t].insert(numbers[t].begin(), static_cast<std::int32_t>(frame.hits.size()));
      frame.hits.x.push_back(
          static_cast<float>(t == 0 && behind > 0 ? std::tan(0.1) * behind : 20.0 * static_cast<double>(t)));
      frame.hits.y.push_back(0.0F);
      frame.hits.z.push_back(static_cast<float>(z));
      frame.hits.edep.push_back(t == 0 ? 0.1F : 0.3F);
      frame.hits.layer.push_back(layer);
      frame.hits.cluster_size.push_back(4);
      frame.hits.id.push_back(static_cast<std::int64_t>(frame.hits.id.size()));
      if (!truth) continue;
      frame.hits.event.push_back(t == 1 && mixed && layer < 2 ? 2 : static_cast<std::int64_t>(t));
      frame.hits.particle.push_back(1);
      frame.hits.primary.push_back(1);
    }
  }
  frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  for (std::size_t t = 0; t < 2; ++t) result.tracks.hits.push_back(numbers[t]);
  result.tracks.score = {1.0F, 0.5F};
  return frame;
}

class TrackDistributionsTest : public testing::Test {
 protected:
  TrackDistributions made(bool truth, bool mixed) {
    event::TracksMeta meta;
    meta.method = "follower";
    meta.detector = detector_.name;
    meta.min_track_hits = 5;
    meta.sources = {"a.npz"};
    event::TracksWriter writer(folder_ / "t", meta, false);
    FrameResult result;
    const event::Frame frame = two_tracks(detector_, truth, mixed, result);
    write_result(writer, frame, 0, result);
    writer.commit();
    return distributions_of(folder_ / "t.npz", detector_);
  }
  core::TemporaryFolder folder_;
  detector::Detector detector_ = detector::read_detector("bergen-dtc");
};

TEST_F(TrackDistributionsTest, CountsHitsEndsKinksAndDeposits) {
  const auto spread = made(false, false);
  EXPECT_THAT(spread.hits_per_track, ElementsAre(8, 6));
  EXPECT_TRUE(spread.cuts.empty());
  ASSERT_EQ(spread.layers.size(), 8U);
  EXPECT_EQ(spread.layers[5].ends, 1);
  EXPECT_EQ(spread.layers[7].ends, 1);
  EXPECT_EQ(spread.layers[6].hits, 1);
  EXPECT_EQ(spread.layers[4].kinks, 2);
  EXPECT_EQ(spread.layers[0].kinks, 0);
  EXPECT_NEAR(spread.layers[4].kink_68, 0.068, 1e-4);  // 68 % of the way from 0 to 0.1
  EXPECT_NEAR(spread.layers[4].deposit_mean, 0.2, 1e-6);
  EXPECT_NEAR(spread.layers[6].deposit_median, 0.1, 1e-6);
  EXPECT_TRUE(std::isnan(spread.layers[0].kink_68));
}

TEST_F(TrackDistributionsTest, ExpectsWhatPhysicsSaysOfTheSameTracks) {
  const auto spread = made(false, false);
  const auto matter = detector::layer_matter(detector_);
  const auto far = track::expected_layers(detector_, matter, 7), near = track::expected_layers(detector_, matter, 5);
  EXPECT_NEAR(spread.layers[6].kink_expected_68, far[6].kink_68, 1e-9);
  EXPECT_NEAR(spread.layers[6].deposit_expected, far[6].deposit, 1e-9);
  EXPECT_NEAR(spread.layers[3].deposit_expected, 0.5 * (far[3].deposit + near[3].deposit), 1e-9);
  const double mixed = spread.layers[3].kink_expected_68;
  EXPECT_GT(mixed, std::min(far[3].kink_68, near[3].kink_68));
  EXPECT_LT(mixed, std::max(far[3].kink_68, near[3].kink_68));
  const auto below = [&](double width) { return 1.0 - std::pow(0.32, mixed * mixed / (width * width)); };
  EXPECT_NEAR(0.5 * (below(far[3].kink_68) + below(near[3].kink_68)), 0.68, 1e-9);
  EXPECT_NEAR(spread.layers[7].stopping_wet, matter.plane_wet(7) + 0.5 * matter.gap_wet[7], 1e-9);
}

TEST_F(TrackDistributionsTest, CutsOnTheScoreTradeEfficiencyForPurity) {
  const auto right = made(true, false), mixed = made(true, true);
  ASSERT_EQ(right.cuts.size(), 51U);
  EXPECT_EQ(right.cuts[0].purity, 1.0);
  EXPECT_EQ(right.cuts[0].efficiency, 1.0);
  EXPECT_EQ(right.cuts[0].score, 0.5);
  EXPECT_NEAR(right.cuts[40].score, 0.9, 1e-12);  // quantiles of 0.5 and 1
  EXPECT_EQ(right.cuts[40].efficiency, 0.5);      // the second track is cut away
  EXPECT_EQ(mixed.cuts[0].purity, 0.5);
  EXPECT_EQ(mixed.cuts[40].purity, 1.0);
}

TEST_F(TrackDistributionsTest, RefuseALayerThatTheDetectorLacks) {
  made(false, false);
  detector_.layers.resize(7);
  EXPECT_THROW(distributions_of(folder_ / "t.npz", detector_), core::InputError);
}

}  // namespace
}  // namespace difftrack::reconstruct
