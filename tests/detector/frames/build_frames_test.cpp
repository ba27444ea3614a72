// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/build_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Frame;
using event::Hits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void add(Hits& hits, std::int32_t event, std::int32_t layer, float x = 0.0F) {
  hits.x.push_back(x);
  hits.y.push_back(0.0F);
  hits.z.push_back(static_cast<float>(layer));
  hits.edep.push_back(0.1F);
  hits.layer.push_back(layer);
  hits.cluster_size.push_back(4);
  hits.id.push_back(static_cast<std::int64_t>(hits.id.size()));
  hits.event.push_back(event);
}

/// `events` events, each with a hit in layers 0 … layers-1.
Hits grid(std::int32_t events, std::int32_t layers) {
  Hits hits;
  for (std::int32_t e = 0; e < events; ++e)
    for (std::int32_t l = 0; l < layers; ++l) add(hits, e, l);
  return hits;
}

TEST(BuildFrames, GroupsConsecutiveEventsAndOrdersLayersDescending) {
  const Frames frames = build_frames(grid(5, 3), {.per_frame = 2});
  ASSERT_EQ(frames.frames.size(), 3U);
  const Frame& frame = frames.frames[1];
  EXPECT_EQ(frame.index, 1);
  EXPECT_EQ(frame.n_events, 2);
  EXPECT_EQ(frame.n_layers(), 3);
  EXPECT_THAT(frame.hits.layer, ElementsAre(2, 2, 1, 1, 0, 0));
  EXPECT_THAT(frame.hits.event, ElementsAre(2, 3, 2, 3, 2, 3));
  EXPECT_EQ(frame.begin(2), 0);
  EXPECT_EQ(frame.end(0), 6);
  EXPECT_EQ(frames.frames[2].n_events, 1);
  EXPECT_EQ(frames.report.events, 5);
}

TEST(BuildFrames, LastIncompleteFrameIsKeptOrDroppedAsAsked) {
  const Frames dropped = build_frames(grid(5, 3), {.per_frame = 2, .keep_partial = false});
  EXPECT_EQ(dropped.frames.size(), 2U);
  EXPECT_EQ(dropped.report.partial_events, 1);
  EXPECT_TRUE(dropped.report.why_none.empty());
  const Frames none = build_frames(grid(5, 3), {.per_frame = 50, .keep_partial = false});
  EXPECT_TRUE(none.frames.empty());
  EXPECT_EQ(none.report.why_none, "5 events left hits, fewer than the 50 of one frame");
  EXPECT_EQ(build_frames(grid(4, 3), {.per_frame = 2, .keep_partial = false}).report.partial_events, 0);
}

TEST(BuildFrames, DropsWhatLiesBehindTheFirstEmptyLayerAndNoMore) {
  // Layers 0 to 3, a gap at 4, and 5 again: the published code would drop layer 3 too.
  Hits hits = grid(2, 4);
  add(hits, 1, 5);
  add(hits, 1, 900);
  const Frames frames = build_frames(hits, {.per_frame = 2});
  EXPECT_EQ(frames.frames[0].n_layers(), 4);
  EXPECT_EQ(frames.frames[0].hits.layer.front(), 3);
  EXPECT_EQ(frames.frames[0].n_cut_off, 2);
  EXPECT_EQ(frames.report.cut_off, 2);
}

TEST(BuildFrames, EmptyFramesSayWhy) {
  Hits hits;
  add(hits, 0, 1);
  add(hits, 0, 2);
  const Frames frames = build_frames(hits, {.per_frame = 1});
  ASSERT_EQ(frames.frames.size(), 1U);
  EXPECT_EQ(frames.frames[0].hits.size(), 0U);
  EXPECT_EQ(frames.frames[0].n_layers(), 0);
  EXPECT_EQ(frames.frames[0].why_empty, "layer 0 has no hit, so that all 2 hits lie behind the first empty layer");
  EXPECT_EQ(build_frames({}, {}).report.why_none, "no event left a hit");
  EXPECT_EQ(make_frame({}, 0, 0, {}, "").why_empty, "no hits");
}

TEST(BuildFrames, OneLayerOnlyIsAFrameOfOneLayer) {
  const Frames frames = build_frames(grid(10, 1), {.per_frame = 10});
  EXPECT_EQ(frames.frames[0].n_layers(), 1);
  EXPECT_EQ(frames.frames[0].hits.size(), 10U);
  EXPECT_TRUE(frames.frames[0].why_empty.empty());
}

TEST(BuildFrames, ANewSpotBeginsANewFrameWhichCarriesIt) {
  Hits hits = grid(5, 2);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    hits.spot_x.push_back(hits.event[i] < 3 ? 7.0F : 14.0F);
    hits.spot_y.push_back(-7.0F);
  }
  const Frames frames = build_frames(hits, {.per_frame = 2});
  ASSERT_EQ(frames.frames.size(), 3U);
  EXPECT_EQ(frames.frames[1].n_events, 1);
  EXPECT_TRUE(frames.frames[1].has_spot);
  EXPECT_EQ(frames.frames[1].spot_x, 7.0F);
  EXPECT_EQ(frames.frames[2].spot_x, 14.0F);
  EXPECT_EQ(frames.frames[2].spot_y, -7.0F);
  EXPECT_EQ(frames.frames[2].hits.spot_x.size(), 4U);
  EXPECT_EQ(build_frames(hits, {.per_frame = 2, .keep_partial = false}).report.partial_events, 1);
}

TEST(BuildFrames, ANewRotationBeginsANewFrameWhichCarriesIt) {
  Hits hits = grid(5, 2);
  EXPECT_FALSE(build_frames(hits, {.per_frame = 5}).frames[0].has_rotation);
  for (std::size_t i = 0; i < hits.size(); ++i) hits.rotation.push_back(hits.event[i] < 2 ? 0.0F : 0.5F);
  const Frames frames = build_frames(hits, {.per_frame = 5});
  ASSERT_EQ(frames.frames.size(), 2U);
  EXPECT_TRUE(frames.frames[0].has_rotation);
  EXPECT_EQ(frames.frames[0].rotation, 0.0F);
  EXPECT_EQ(frames.frames[1].rotation, 0.5F);
  EXPECT_EQ(frames.frames[1].n_events, 3);
}

TEST(BuildFrames, TooManyHitsInALayerAreOneClearError) {
  Hits hits = grid(1, 3);
  for (int i = 0; i < 1'000'000; ++i) add(hits, 0, 2);
  EXPECT_EQ(error_of([&] { build_frames(hits, {.per_frame = 1}, "huge.npz"); }),
            "huge.npz: frame 0, layer 2 = '1000001 hits': more than max_hits_per_layer = 20000; group fewer events "
            "into a frame");
  EXPECT_EQ(build_frames(hits, {.per_frame = 1, .max_hits_per_layer = 1'000'001}).frames.size(), 1U);
}

TEST(BuildFrames, WrongUseIsNamed) {
  Hits hits;
  add(hits, 5, 0);
  add(hits, 4, 0);
  add(hits, 5, 1);
  EXPECT_THAT(error_of([&] { build_frames(hits, {}, "f.npz"); }),
              HasSubstr("f.npz: eventID = '5': the hits of this event come in two pieces"));
  EXPECT_THAT(error_of([&] { build_frames(hits, {.per_frame = 0}, "f.npz"); }),
              HasSubstr("per_frame = '0': must lie in [1"));
  hits.event.clear();
  EXPECT_THAT(error_of([&] { build_frames(hits, {}, "f.npz"); }), HasSubstr("hits without events"));
  hits.layer[0] = -1;
  EXPECT_THAT(error_of([&] { make_frame(hits, 1, 0, {}, "f.npz"); }), HasSubstr("a hit has layer -1"));
}

TEST(FrameBuilder, PiecesGiveTheSameFramesAsTheWhole) {
  const Hits hits = grid(23, 5);
  const Frames whole = build_frames(hits, {.per_frame = 4});
  for (const std::size_t events_per_piece : {1, 3, 23}) {
    FrameBuilder builder({.per_frame = 4}, "");
    std::size_t found = 0;
    const auto take = [&] {
      for (Frame frame; builder.next(frame); ++found) {
        EXPECT_EQ(frame.hits.id, whole.frames.at(found).hits.id);
        EXPECT_EQ(frame.index, whole.frames.at(found).index);
        EXPECT_EQ(frame.group_begin, whole.frames.at(found).group_begin);
      }
    };
    for (std::size_t begin = 0; begin < hits.size(); begin += 5 * events_per_piece) {
      Hits piece;
      for (std::size_t i = begin; i < std::min(hits.size(), begin + 5 * events_per_piece); ++i)
        event::append_row(piece, hits, i);
      builder.add(piece);
      take();
    }
    builder.finish();
    take();
    EXPECT_EQ(found, whole.frames.size());
  }
}

}  // namespace
}  // namespace difftrack::detector
