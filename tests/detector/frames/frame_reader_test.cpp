// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/frame_reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Frame;
using ::testing::HasSubstr;

const std::string kGolden = paths::golden() + "/";

TEST(FrameReader, GivesTheFramesOfTheWholeFile) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string path = kGolden + "water150_p100_steps.npz";
  const auto merged = merge_steps(steps_from_table(event::read_table(path), detector), detector.thresholds);
  const Frames whole = build_frames(merged.hits, {.per_frame = 7});
  FrameReader reader(path, detector, {.per_frame = 7});
  std::size_t found = 0;
  for (Frame frame; reader.next(frame); ++found) {
    ASSERT_EQ(frame.hits.id, whole.frames.at(found).hits.id);
    ASSERT_EQ(frame.hits.x, whole.frames.at(found).hits.x);
    ASSERT_EQ(frame.hits.primary, whole.frames.at(found).hits.primary);
  }
  EXPECT_EQ(found, whole.frames.size());
  EXPECT_EQ(reader.merge_report().hits, merged.report.hits);
  EXPECT_EQ(reader.frame_report().events, whole.report.events);
  EXPECT_EQ(reader.fraction_read(), 1.0);
  EXPECT_TRUE(reader.warnings().empty());
}

/// A text file of `events` events with rows in layers 0 to 2, so large that it is read in several chunks.
std::string many_events(int events) {
  std::string text = "eventID,trackID,parentID,posX,posY,posZ,edep,layer\n";
  constexpr std::array kPlanes = {225.2315, 277.6315, 330.0315};  // of bergen-dtc
  for (int e = 0; e < events; ++e)
    for (int layer = 0; layer < 3; ++layer)
      text += fmt::format("{},1,0,{},0,{},0.05,{}\n", e, e, kPlanes[static_cast<std::size_t>(layer)], layer);
  return text;
}

TEST(FrameReader, RotationIsTheColumnsOrTheOneGiven) {
  const Detector detector = read_detector("bergen-dtc");
  std::string text = "eventID,trackID,parentID,posX,posY,posZ,edep,layer,rotationAngle\n";
  for (int e = 0; e < 4; ++e) text += fmt::format("{},1,0,{},0,225.2315,0.05,0,{}\n", e, e, e < 2 ? 0 : 90);
  const auto rotations = [&](const InputConfig& input, HitSource kind) {
    HitConfig hits;
    hits.hits = kind;
    FrameReader reader(event::file_of(text, "turned.csv"), detector, {.per_frame = 10}, hits, input);
    std::vector<float> found;
    for (Frame frame; reader.next(frame);) found.push_back(frame.has_rotation ? frame.rotation : -1.0F);
    EXPECT_EQ(reader.notes().empty(), !input.rotation);
    return found;
  };
  for (const HitSource hits : {HitSource::Merged, HitSource::Pixels}) {
    EXPECT_THAT(rotations({}, hits), ::testing::ElementsAre(0.0F, ::testing::FloatEq(1.5707963F)));
    EXPECT_THAT(rotations({.rotation = 0.5235988}, hits), ::testing::ElementsAre(::testing::FloatEq(0.5235988F)));
  }
}

TEST(FrameReader, EventsAcrossChunksStayWhole) {
  const Detector detector = read_detector("bergen-dtc");
  FrameReader reader(event::file_of(many_events(50'001), "many.csv"), detector, {.per_frame = 1000});
  std::int64_t event = 0, id = 0, frames = 0;
  for (Frame frame; reader.next(frame); ++frames) {
    ASSERT_EQ(frame.hits.size(), 3U * static_cast<std::size_t>(frame.n_events));
    for (std::int32_t i = frame.begin(0); i < frame.end(0); ++i) {
      const auto at = static_cast<std::size_t>(i);
      ASSERT_EQ(frame.hits.event[at], event++);
      ASSERT_EQ(frame.hits.id[at], id);
      id += 3;
    }
  }
  EXPECT_EQ(frames, 51);
  EXPECT_EQ(event, 50'001);
}

TEST(FrameReader, BadInputIsOneClearSentence) {
  const Detector detector = read_detector("bergen-dtc");
  const auto error_in = [&](const std::string& text) {
    return error_of([&] {
      FrameReader reader(event::file_of(text, "f.csv"), detector, {});
      for (Frame frame; reader.next(frame);) {
      }
    });
  };
  const std::string header = "eventID,posX,posY,posZ,edep,layer\n";
  EXPECT_EQ(error_in(header + "0,nan,0,0,0.1,0\n"), "f.csv: posX, row 0 = 'nan': must be a finite number");
  EXPECT_EQ(error_in(header + "0,0,0,0,-0.1,0\n"),
            "f.csv: edep, row 0 = '-0.1': an energy deposit must not be negative");
  EXPECT_EQ(error_in("eventID,posX,posY,edep,layer\n0,0,0,0,0\n"),
            "f.csv: posZ: missing column; the nearest is 'posX'");
  std::string crowd = header;
  for (int i = 0; i < 20'001; ++i) crowd += fmt::format("0,{},0,0,0.1,0\n", 0.001 * i);
  EXPECT_THAT(error_in(crowd), HasSubstr("f.csv: frame 0, layer 0 = '20001 hits': more than max_hits_per_layer"));
}

TEST(FrameReader, FilesWithoutHitsAndRepeatedRowsAreReported) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string header = "eventID,trackID,parentID,posX,posY,posZ,edep,layer\n";
  Frame frame;
  FrameReader empty(event::file_of(header, "f.csv"), detector, {});
  EXPECT_FALSE(empty.next(frame));
  EXPECT_EQ(empty.frame_report().why_none, "no event left a hit");
  FrameReader twice(event::file_of(header + "0,1,0,0,0,0,0.1,0\n0,1,0,0,0,0,0.1,0\n", "f.csv"), detector, {});
  ASSERT_TRUE(twice.next(frame));
  EXPECT_EQ(frame.hits.edep[0], 0.1F);
  EXPECT_FALSE(twice.next(frame));
  EXPECT_THAT(twice.warnings(), ::testing::ElementsAre(
                                    "f.csv: 1 rows repeat an earlier one of their event to the bit and were left out"));
}

TEST(FrameReader, AFileOfRealGeant4GivesItsEvents) {
  for (const bool fold : {false, true}) {
    HitConfig hits;
    hits.fold_electrons = fold;
    FrameReader reader(paths::source() + "/tests/data/geant4_small_cuts.npz", read_detector("bergen-dtc"),
                       {.per_frame = 50}, hits);
    std::int64_t frames = 0;
    for (Frame frame; reader.next(frame); ++frames) EXPECT_GE(frame.n_layers(), 28);
    EXPECT_EQ(frames, 3);
    EXPECT_EQ(reader.merge_report().hits, fold ? 3409 : 3688);
    EXPECT_EQ(reader.merge_report().folded, fold ? 4628 : 0);
    EXPECT_EQ(reader.merge_report().small, fold ? 20 : 56);
  }
}

}  // namespace
}  // namespace difftrack::detector
