// SPDX-License-Identifier: Apache-2.0
// The shipped calibration against simulated water of thicknesses and seeds that it was not made from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/image/protons_from_tracks.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/truth_tracks.hpp"

namespace difftrack::image {
namespace {

/// WEPL by the shipped calibration of the tracks from truth behind water that an image would keep.
struct Measured {
  Core core;
  std::size_t kept = 0;
};

Measured behind(double water, std::int64_t seed) {
  static const auto detector = detector::read_detector("bergen-dtc");
  static const RangeCalibration calibration = read_range_calibration("bergen-dtc");
  const RangeFinder finder(detector, {}, calibration.deposit_scale());
  const PathFinder paths(detector, {});
  simulate::SimulationConfig config;
  config.phantom = "water:" + std::to_string(water);
  config.primaries = 4000;
  config.seed = seed;
  const simulate::Simulation simulation(config, detector);
  const event::Hits hits = detector::StepMerger(detector)(simulation.run());
  std::vector<double> wepl;
  for (const event::Frame& frame : detector::build_frames(hits, {.per_frame = 100}).frames) {
    const auto accepted = track::filter_tracks(frame, track::truth_tracks(frame), detector.thresholds);
    for (const double range : ranges_behind_water(frame, accepted, finder, paths, water))
      wepl.push_back(calibration.wepl(range));
  }
  return {core_of(wepl), wepl.size()};
}

/// A thickness and the straggling limit there: standard deviation of the core of true ranges [mm], of protons that stop
/// and pass the same cut, in the same stack recorded every 0.25 mm of aluminium (tools/straggling_limit.py,
/// docs/image.md#wepl).
struct Thickness {
  double water, limit;
};

class ShippedCalibration : public testing::TestWithParam<Thickness> {};

TEST_P(ShippedCalibration, GivesTheWaterThatWasThere) {
  const auto [water, limit] = GetParam();
  const auto [core, kept] = behind(water, 777);
  ASSERT_GT(kept, 2000U);
  const double root = std::sqrt(static_cast<double>(kept));
  RecordProperty("bias", std::to_string(core.mean - water));
  RecordProperty("sd", std::to_string(core.sd));
  RecordProperty("inside", std::to_string(static_cast<double>(core.inside) / static_cast<double>(kept)));
  EXPECT_NEAR(core.mean, water, 0.15 + 2.0 * core.sd / root);
  EXPECT_LT(core.sd, 1.10 * limit + 2.0 * core.sd / (std::sqrt(2.0) * root));
  EXPECT_GT(static_cast<double>(core.inside), 0.97 * static_cast<double>(kept));
}
INSTANTIATE_TEST_SUITE_P(Water, ShippedCalibration,
                         testing::Values(Thickness{13.0, 3.91}, Thickness{91.0, 3.77}, Thickness{173.0, 3.70},
                                         Thickness{287.0, 3.51}));

// What a range's place between two planes does: the calibration's rows are averaged over it.
TEST(RippleOfCalibration, IsSmallOverALayer) {
  double most = 0.0, sum = 0.0;
  constexpr int kSteps = 8;  // of 1 mm: a layer's water
  for (int i = 0; i < kSteps; ++i) {
    const auto [core, kept] = behind(281.0 + i, 900 + i);
    const double bias = core.mean - (281.0 + i);
    most = std::max(most, std::abs(bias)), sum += bias;
  }
  RecordProperty("most", std::to_string(most));
  EXPECT_LT(most, 0.15 + 2.0 * 0.07);  // 0.07 mm: of the mean of so many protons
  EXPECT_LT(std::abs(sum / kSteps), 0.15);
}

}  // namespace
}  // namespace difftrack::image
