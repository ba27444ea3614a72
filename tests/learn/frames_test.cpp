// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/frames.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::learn {
namespace {

const std::string kSteps = paths::golden() + "/water200_p50_steps.npz";

TEST(LoadFrames, HitsOfPixelsCarryTruthAndNoiseDiffersFromFileToFile) {
  const auto detector = detector::read_detector("bergen-dtc");
  detector::HitConfig hits;
  hits.hits = detector::HitSource::Pixels;
  hits.pixels.noise = 40.0;
  const auto merged = load_frames({kSteps}, detector, 10);
  const auto pixels = load_frames({kSteps, kSteps}, detector, 10, 0, hits);
  ASSERT_EQ(pixels.size(), 2 * merged.size());
  for (std::size_t i = 0; i < merged.size(); ++i) {
    EXPECT_EQ(pixels[i].n_events, 10);
    EXPECT_TRUE(pixels[i].hits.has_truth());
    EXPECT_NE(pixels[i].hits.x, merged[i].hits.x);
    EXPECT_NE(pixels[i].hits.x, pixels[merged.size() + i].hits.x);
  }
  const auto again = load_frames({kSteps}, detector, 10, 2, hits);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[1].hits.x, pixels[1].hits.x);
}

TEST(LoadFrames, FilesWithoutAWholeFrameAreRefused) {
  EXPECT_THROW(load_frames({kSteps}, detector::read_detector("bergen-dtc"), 1000), core::InputError);
}

}  // namespace
}  // namespace difftrack::learn
