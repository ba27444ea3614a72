// SPDX-License-Identifier: Apache-2.0
// From an image back to the segments of one frame. Protons go straight through a water cylinder and stop by their
// energy loss; `difftrack check-image` does the same with simulated ones and a network (tests/apps/image_test.cpp).
#include "difftrack/reconstruct/image_gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/image/protons_from_tracks.hpp"

namespace difftrack::reconstruct {
namespace {

constexpr int kViews = 6, kProtons = 90;
constexpr double kRadius = 40.0;

/// Detector, finder and calibration, and a frame of each view with its true segments assigned.
struct MadeScan {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  image::RangeCalibration calibration = image::read_range_calibration("bergen-dtc");
  image::RangeFinder finder{detector, {}, calibration.deposit_scale()};
  std::vector<ScanFrame> frames;

  MadeScan() {
    for (int view = 0; view < kViews; ++view) frames.push_back(frame_of(view));
  }

  ImageGradient gradient(ImageGradient::Through through = ImageGradient::Through::Cuts) const {
    return {detector, finder, calibration, through};
  }

  image::ImageLoss loss() {
    const ImageGradient way = gradient();
    std::vector<image::View> views;
    std::vector<double> rotations;
    for (std::size_t v = 0; v < frames.size(); ++v) {
      ScanFrame& each = frames[v];
      each.view = v;
      rotations.push_back(static_cast<double>(each.frame.rotation));
      views.push_back({rotations.back(), way.protons(each.frame, each.graph, each.forward.assigned), 0});
      each.last_proton = views.back().protons.size();
    }
    image::ImageConfig config;
    config.cuts.angle_sigmas = 1e3;  // places are those of nine spots, told as one
    config.grid = {.pixels = 12, .pixel = 8.0, .slices = 1, .slice_height = 60.0};
    return {detector,
            config,
            image::Hull(image::upright_cylinder(kRadius)),
            views,
            image::view_weights(rotations),
            image::make_volume(config.grid),
            1};
  }

 private:
  ScanFrame frame_of(int view) const {
    event::Hits hits;
    core::RandomStream random(5, static_cast<std::uint64_t>(view));
    const auto push = [](std::vector<float>& to, double value) { to.push_back(static_cast<float>(value)); };
    const double beam_range = calibration.knots().back().range;
    for (int i = 0; i < kProtons; ++i) {
      const double spot = 7.0 * (i % 9 - 4), slope = spot / 6600.0;
      const double x0 = spot + 3.0 * random.normal(), y0 = 3.0 * random.normal();
      const double chord = std::abs(x0) < kRadius ? 2.0 * std::sqrt(kRadius * kRadius - x0 * x0) : 0.0;
      const double range = beam_range - chord + 3.0 * random.normal();
      for (std::int32_t layer = 0; layer < static_cast<std::int32_t>(detector.layers.size()); ++layer) {
        if (finder.depth(layer) >= range) break;
        const double z = finder.matter().plane_z[static_cast<std::size_t>(layer)];
        push(hits.x, x0 + slope * z), push(hits.y, y0), push(hits.z, z);
        push(hits.edep, std::exp(finder.log_deposit(range - finder.depth(layer)) + 0.2 * random.normal()));
        hits.layer.push_back(layer), hits.cluster_size.push_back(4);
        hits.id.push_back(static_cast<std::int64_t>(hits.id.size())), hits.event.push_back(i);
        push(hits.spot_x, 0.0), push(hits.spot_y, 0.0);  // one spot: all are neighbours
        push(hits.rotation, 2.0 * std::numbers::pi * view / kViews);
      }
    }
    ScanFrame result;
    result.frame = detector::build_frames(hits, {.per_frame = kProtons}).frames.at(0);
    result.graph = graph::build_hit_graph(result.frame, graph::hit_graph_config(detector));
    for (const std::uint8_t label : graph::segment_labels(result.frame, result.graph))
      result.scores.push_back(label != 0 ? 0.9F : 0.1F);
    result.forward = assign::assign_layers(result.segments(), result.scores, {.mode = assign::AssignMode::Free});
    return result;
  }
};

TEST(SegmentSwaps, AreThoseOfTwoAssignedSegmentsOfOnePairThatTheGraphHas) {
  // Deep hits 0, 1, 2 and shallow hits 3, 4, 5; the segment from 2 to 3 is missing.
  graph::HitGraph graph;
  graph.deep = {0, 0, 0, 1, 1, 1, 2, 2};
  graph.shallow = {3, 4, 5, 3, 4, 5, 4, 5};
  graph.pair_begin = {0, 8};
  graph.start_begin = {0, 3, 6, 8, 8, 8, 8};
  const std::vector<std::uint8_t> assigned{1, 0, 0, 0, 1, 0, 0, 1};  // 0-3, 1-4, 2-5
  const auto swaps = single_swaps(graph, assigned);
  ASSERT_EQ(swaps.size(), 2U);  // 0 and 2 cannot change places
  EXPECT_EQ(swaps[0].off, (std::array<std::int32_t, 2>{0, 4}));
  EXPECT_EQ(swaps[0].on, (std::array<std::int32_t, 2>{1, 3}));
  EXPECT_EQ(swaps[1].on, (std::array<std::int32_t, 2>{5, 6}));
  EXPECT_EQ(swapped(assigned, swaps[0]), (std::vector<std::uint8_t>{0, 1, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(along(swaps[0], std::vector<float>{1, 20, 0, 30, 4, 0, 0, 0}), 45.0);
}

TEST(ImageGradient, OfASwapHasTheSignOfWhatItDoesToTheImage) {
  MadeScan scan;
  const image::ImageLoss loss = scan.loss();
  const ImageGradient way = scan.gradient();
  std::int64_t tried = 0, agree = 0;
  for (const ScanFrame& frame : scan.frames) {
    EXPECT_EQ(way.change(loss, frame, frame.forward.assigned), 0.0);
    const std::vector<float> gradient = way(loss, frame);
    const auto swaps = single_swaps(frame.graph, frame.forward.assigned);
    ASSERT_GT(swaps.size(), 200U);
    for (std::size_t i = 0; i < swaps.size(); i += swaps.size() / 60) {
      const double change = way.change(loss, frame, swapped(frame.forward.assigned, swaps[i]));
      const double said = along(swaps[i], gradient);
      if (change == 0.0) continue;
      ++tried;
      agree += (change > 0.0) == (said > 0.0) ? 1 : 0;
    }
  }
  ASSERT_GT(tried, 200);
  RecordProperty("agree", std::to_string(static_cast<double>(agree) / static_cast<double>(tried)));
  EXPECT_GT(static_cast<double>(agree), 0.8 * static_cast<double>(tried));
}

TEST(ImageGradient, OfATrackBehindItsFirstPlanesIsSlopeTimesDifferenceOfWepls) {
  MadeScan scan;
  const image::ImageLoss loss = scan.loss();
  const ImageGradient way = scan.gradient(ImageGradient::Through::Wepl);
  const ScanFrame& frame = scan.frames[2];
  const std::vector<float> by_wepl = loss.gradient(2), gradient = way(loss, frame);
  const image::Protons& protons = loss.view(2).protons;
  // Of two whole tracks of one frame that change tails behind the second plane: dL/dW of each, times what it gains.
  std::int64_t tried = 0, close = 0;
  for (const SegmentSwap& swap : single_swaps(frame.graph, frame.forward.assigned)) {
    const auto layer =
        frame.frame.hits.layer[static_cast<std::size_t>(frame.graph.shallow[static_cast<std::size_t>(swap.off[0])])];
    if (layer != 12) continue;
    const image::Protons after = way.protons(frame.frame, frame.graph, swapped(frame.forward.assigned, swap));
    if (after.size() != protons.size()) continue;
    double expected = 0.0, size = 0.0, most = 0.0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      most = std::max(most, static_cast<double>(std::abs(after.wepl[i] - protons.wepl[i])));
      const double by = static_cast<double>(by_wepl[i] * (after.wepl[i] - protons.wepl[i]));
      expected += by, size += std::abs(by);
    }
    if (most > 15.0) continue;  // its paths would move with the WEPL
    ++tried;
    close += std::abs(along(swap, gradient) - expected) < 0.1 * size ? 1 : 0;
  }
  ASSERT_GT(tried, 10);
  EXPECT_GT(static_cast<double>(close), 0.9 * static_cast<double>(tried));
}

TEST(ImageGradient, OfWhatIsNoMatchingIsRefused) {
  MadeScan scan;
  const image::ImageLoss loss = scan.loss();
  const std::vector<std::uint8_t> all(scan.frames[0].graph.size(), 1);
  EXPECT_THROW(scan.gradient().change(loss, scan.frames[0], all), core::InputError);
}

}  // namespace
}  // namespace difftrack::reconstruct
