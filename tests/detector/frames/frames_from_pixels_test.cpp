// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/frames_from_pixels.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "tests/detector/test_detectors.hpp"

namespace difftrack::detector {
namespace {

void add(event::Pixels& p, std::int32_t frame, std::int32_t layer, std::int32_t column, std::int32_t row) {
  for (const std::int32_t wide : {0, 1}) {  // two pixels: above the threshold
    p.frame.push_back(frame);
    p.layer.push_back(layer);
    p.column.push_back(column + wide);
    p.row.push_back(row);
  }
}

TEST(FramesFromPixels, OneFramePerReadoutWithItsNumberAndLayersDescending) {
  const Detector d = pixel_test_detector(3, 64, 64);
  event::Pixels p;
  add(p, 9, 1, 5, 5);
  add(p, 9, 0, 5, 5);
  add(p, 9, 0, 50, 5);
  add(p, 4, 0, 20, 20);
  const PixelFrames f = FramesFromPixels()(p, d);
  ASSERT_EQ(f.frames.size(), 2u);
  EXPECT_EQ(f.frames[0].index, 4);
  EXPECT_EQ(f.frames[1].index, 9);
  EXPECT_EQ(f.frames[1].n_events, 0);
  EXPECT_EQ(f.frames[1].n_layers(), 2);
  EXPECT_EQ(f.frames[1].hits.layer, (std::vector<std::int32_t>{1, 0, 0}));
  EXPECT_TRUE(f.hot.places.empty());
}

TEST(FramesFromPixels, ReadoutsMayShareAFrame) {
  const Detector d = pixel_test_detector(2, 64, 64);
  event::Pixels p;
  for (std::int32_t r = 0; r < 5; ++r) add(p, 10 * r, 0, 4 * r, 3 * r);
  const PixelFrames f = FramesFromPixels({.readouts_per_frame = 2})(p, d);
  ASSERT_EQ(f.frames.size(), 3u);
  EXPECT_EQ(f.frames[1].index, 20);
  EXPECT_EQ(f.frames[1].hits.size(), 2u);
  EXPECT_EQ(f.frames[2].hits.size(), 1u);
}

TEST(FramesFromPixels, EmptyFramesSayWhy) {
  const Detector d = pixel_test_detector(2, 64, 64);
  event::Pixels p;
  p.frame = {1};
  p.layer = {0};
  p.column = {3};
  p.row = {3};
  add(p, 2, 1, 5, 5);
  const PixelFrames f = FramesFromPixels()(p, d);
  ASSERT_EQ(f.frames.size(), 2u);
  EXPECT_EQ(f.frames[0].hits.size(), 0u);
  EXPECT_NE(f.frames[0].why_empty.find("no cluster is left"), std::string::npos);
  EXPECT_NE(f.frames[1].why_empty.find("layer 0 has no hit"), std::string::npos);
  EXPECT_EQ(f.frames[1].n_cut_off, 1);
}

TEST(FramesFromPixels, DigitisedEventsKeepTheirTruthAndHotPixelsGo) {
  const Detector d = pixel_test_detector(2, 200, 200);
  event::Steps s;
  for (std::int32_t e = 0; e < 400; ++e)
    for (std::int32_t l = 0; l < 2; ++l) {
      s.event.push_back(e);
      s.track.push_back(1);
      s.parent.push_back(0);
      s.pdg.push_back(2212);
      s.layer.push_back(l);
      s.x.push_back(0.01F * static_cast<float>(e % 20 * 27 - 270));
      s.y.push_back(0.01F * static_cast<float>(e / 20 * 27 - 270));
      s.z.push_back(0.0F);
      s.edep.push_back(0.05F);
    }
  const event::Pixels p = Digitise({.events_per_frame = 2, .hot_fraction = 2e-4, .hot_rate = 0.5})(s, d);
  const PixelFrames f = FramesFromPixels()(p, d);
  ASSERT_EQ(f.frames.size(), 200u);
  EXPECT_GT(f.hot.places.size(), 3u);
  for (const event::Frame& frame : f.frames) {
    ASSERT_EQ(frame.n_events, 2);
    ASSERT_EQ(frame.hits.size(), 4u) << frame.index;
    for (const std::int64_t e : frame.hits.event) ASSERT_EQ(e / 2, frame.index);
    ASSERT_EQ(frame.hits.primary, (std::vector<std::uint8_t>{1, 1, 1, 1}));
  }
  EXPECT_GT(FramesFromPixels({.mask_hot = false, .cluster = {.min_cluster_size = 1}})(p, d).frames[0].hits.size(), 4u);
}

TEST(FramesFromPixels, TooManyHitsInALayerAreRefused) {
  const Detector d = pixel_test_detector(1, 64, 64);
  event::Pixels p;
  for (std::int32_t c = 0; c < 10; ++c) add(p, 0, 0, 4 * c, 0);
  EXPECT_THROW(FramesFromPixels({.frames = {.max_hits_per_layer = 9}})(p, d, "f.npz"), core::InputError);
  EXPECT_EQ(FramesFromPixels({.frames = {.max_hits_per_layer = 10}})(p, d).frames.size(), 1u);
}

}  // namespace
}  // namespace difftrack::detector
