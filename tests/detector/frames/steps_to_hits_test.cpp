// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/frames/steps_to_hits.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Frame;
using event::Hits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = paths::golden() + "/";
const std::string kHeader = "eventID,trackID,parentID,posX,posY,posZ,edep,layer\n";

HitConfig of_pixels() {
  HitConfig config;
  config.hits = HitSource::Pixels;
  return config;
}

HitConfig noisy(std::int32_t threads = 1) {
  HitConfig config = of_pixels();
  config.pixels.noise = 10.0;
  config.pixels.threshold_spread = 10.0;
  config.pixels.noise_hit_rate = 1e-6;
  config.pixels.threads = threads;
  return config;
}

std::vector<Readout> readouts_of(const std::string& path, const Detector& detector, const HitConfig& config,
                                 std::int32_t per_frame, std::int64_t rows) {
  event::TableReader reader(path);
  WholeEvents whole(path);
  StepDigitiser digitiser(detector, config, {.per_frame = per_frame});
  std::vector<Readout> all;
  const auto take = [&](std::vector<Readout> more) {
    for (Readout& each : more) all.push_back(std::move(each));
  };
  event::Table chunk;
  while (reader.next(chunk, rows)) take(digitiser.add(whole.add(steps_from_table(chunk, detector))));
  take(digitiser.add(whole.finish()));
  take(digitiser.finish());
  return all;
}

std::vector<Readout> readouts_of(const std::string& text, const HitConfig& config, std::int32_t per_frame) {
  const Detector detector = read_detector("bergen-dtc");
  StepDigitiser digitiser(detector, config, {.per_frame = per_frame});
  std::vector<Readout> all =
      digitiser.add(steps_from_table(event::read_table(event::file_of(text, "t.csv")), detector));
  for (Readout& each : digitiser.finish()) all.push_back(std::move(each));
  return all;
}

std::string step(int event, double x, double y, double edep, int layer = 0) {
  return fmt::format("{},1,0,{},{},225.2,{},{}\n", event, x, y, edep, layer);
}

void expect_equal(const std::vector<Readout>& a, const std::vector<Readout>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t r = 0; r < a.size(); ++r) {
    EXPECT_EQ(a[r].n_events, b[r].n_events);
    EXPECT_EQ(a[r].complete, b[r].complete);
    EXPECT_EQ(a[r].hits.id, b[r].hits.id);
    EXPECT_EQ(a[r].hits.x, b[r].hits.x);
    EXPECT_EQ(a[r].hits.cluster_size, b[r].hits.cluster_size);
    EXPECT_EQ(a[r].hits.event, b[r].hits.event);
    EXPECT_EQ(a[r].hits.mixed, b[r].hits.mixed);
    EXPECT_EQ(a[r].hits.second_event, b[r].hits.second_event);
  }
}

TEST(StepMerger, ChunksOfAnySizeGiveTheSameHits) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string path = kGolden + "water200_p50_steps.npz";
  const auto whole = merge_steps(steps_from_table(event::read_table(path), detector), detector.thresholds);
  for (const std::int64_t rows : {1, 13, 500, 5000}) {
    event::TableReader reader(path);
    WholeEvents events(path);
    StepMerger merger(detector);
    event::Hits hits;
    event::Table chunk;
    while (reader.next(chunk, rows)) event::append_rows(hits, merger(events.add(steps_from_table(chunk, detector))));
    event::append_rows(hits, merger(events.finish()));
    EXPECT_EQ(hits.id, whole.hits.id);
    EXPECT_EQ(hits.x, whole.hits.x);
    EXPECT_EQ(hits.particle, whole.hits.particle);
    EXPECT_EQ(merger.report().small, whole.report.small);
  }
}

TEST(StepDigitiser, ChunksAndThreadsDoNotChangeTheHits) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string path = kGolden + "water200_p50_steps.npz";
  const auto whole = readouts_of(path, detector, noisy(), 7, 1'000'000);
  ASSERT_GT(whole.size(), 5U);
  for (const std::int64_t rows : {1, 13, 500}) expect_equal(readouts_of(path, detector, noisy(), 7, rows), whole);
  for (const std::int32_t threads : {2, 5}) expect_equal(readouts_of(path, detector, noisy(threads), 7, 500), whole);
}

TEST(StepDigitiser, ReadoutsHoldTheirEventsAndTellWhatIsIncomplete) {
  std::string text = kHeader;
  for (int e = 0; e < 7; ++e) text += step(10 * e, 5.0 * e, 0.0, 0.05);
  const auto readouts = readouts_of(text, of_pixels(), 3);
  ASSERT_EQ(readouts.size(), 3U);
  EXPECT_THAT(readouts[0].hits.event, ElementsAre(0, 10, 20));
  EXPECT_THAT(readouts[2].hits.event, ElementsAre(60));
  EXPECT_EQ(readouts[1].n_events, 3);
  EXPECT_TRUE(readouts[1].complete);
  EXPECT_EQ(readouts[2].n_events, 1);
  EXPECT_FALSE(readouts[2].complete);
  EXPECT_THAT(readouts[1].hits.id, ElementsAre(3, 4, 5));
}

TEST(StepDigitiser, AClusterOfTwoParticlesCarriesTheStrongerAndKnowsIt) {
  // 40 micrometres apart: clusters of some 10 pixels of 29 micrometres touch
  const std::string pair = kHeader + step(0, 1.0, 2.0, 0.05) + step(1, 1.04, 2.0, 0.09);
  const auto together = readouts_of(pair, of_pixels(), 2);
  ASSERT_EQ(together.size(), 1U);
  EXPECT_THAT(together[0].hits.event, ElementsAre(1));
  EXPECT_THAT(together[0].hits.mixed, ElementsAre(1));
  EXPECT_THAT(together[0].hits.primary, ElementsAre(1));
  EXPECT_THAT(together[0].hits.second_event, ElementsAre(0));
  EXPECT_GT(together[0].hits.x[0], 1.0F);
  EXPECT_LT(together[0].hits.x[0], 1.04F);

  const auto apart = readouts_of(pair, of_pixels(), 1);  // each in a readout of its own
  ASSERT_EQ(apart.size(), 2U);
  EXPECT_THAT(apart[0].hits.event, ElementsAre(0));
  EXPECT_THAT(apart[1].hits.mixed, ElementsAre(0));
  EXPECT_THAT(apart[1].hits.second_event, ElementsAre(-1));
  EXPECT_GT(together[0].hits.cluster_size[0], apart[1].hits.cluster_size[0]);
}

TEST(StepDigitiser, EnergyComesFromTheClusterSize) {
  const auto readouts = readouts_of(kHeader + step(0, 1.0, 2.0, 0.05), of_pixels(), 1);
  const Hits& hits = readouts.at(0).hits;
  EXPECT_FLOAT_EQ(hits.edep.at(0), static_cast<float>(edep_of_cluster_size(hits.cluster_size.at(0))));
  EXPECT_NEAR(hits.edep[0], 0.05F, 0.02F);
}

TEST(StepDigitiser, RowsWrittenTwiceCountOnce) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string once = step(0, 1.0, 2.0, 0.05);
  StepDigitiser digitiser(detector, of_pixels(), {.per_frame = 1});
  digitiser.add(steps_from_table(event::read_table(event::file_of(kHeader + once + once, "t.csv")), detector));
  const auto readouts = digitiser.finish();
  EXPECT_EQ(digitiser.report().duplicates, 1);
  EXPECT_EQ(readouts.at(0).hits.cluster_size, readouts_of(kHeader + once, of_pixels(), 1).at(0).hits.cluster_size);
}

TEST(StepDigitiser, ANewBeamSpotBeginsANewReadout) {
  std::string text = "eventID,trackID,parentID,posX,posY,posZ,edep,layer,spotX,spotY\n";
  for (int e = 0; e < 4; ++e) text += fmt::format("{},1,0,{},0,225,0.05,0,{},7\n", e, 3 * e, e < 3 ? 0 : 10);
  const auto readouts = readouts_of(text, of_pixels(), 2);
  ASSERT_EQ(readouts.size(), 3U);
  EXPECT_FALSE(readouts[1].complete);
  EXPECT_THAT(readouts[1].hits.spot_x, ElementsAre(0.0F));
  EXPECT_THAT(readouts[2].hits.spot_x, ElementsAre(10.0F));
}

TEST(StepDigitiser, ANewRotationBeginsANewReadout) {
  std::string text = "eventID,trackID,parentID,posX,posY,posZ,edep,layer,rotation\n";
  for (int e = 0; e < 4; ++e) text += fmt::format("{},1,0,{},0,225,0.05,0,{}\n", e, 3 * e, e < 3 ? 0.25 : 0.5);
  const auto readouts = readouts_of(text, of_pixels(), 2);
  ASSERT_EQ(readouts.size(), 3U);
  EXPECT_THAT(readouts[1].hits.rotation, ElementsAre(0.25F));
  EXPECT_THAT(readouts[2].hits.rotation, ElementsAre(0.5F));
}

TEST(StepDigitiser, NoiseDiffersFromReadoutToReadoutAndFollowsItsNumber) {
  HitConfig config = noisy();
  config.pixels.noise_hit_rate = 1e-5;
  std::string text = kHeader;
  for (int e = 0; e < 3; ++e) text += step(e, 1.0, 2.0, 0.05);
  const auto first = readouts_of(text, config, 1);
  EXPECT_NE(first[0].hits.x, first[1].hits.x);
  config.first_readout = 1;
  const auto later = readouts_of(text, config, 1);
  EXPECT_EQ(later[0].hits.x, first[1].hits.x);
  EXPECT_EQ(later[1].hits.x, first[2].hits.x);
}

TEST(FrameReader, PixelsAndMergedHitsOfOneFileTellOfTheSameParticles) {
  const Detector detector = read_detector("bergen-dtc");
  const std::string path = kGolden + "water150_p100_steps.npz";
  FrameReader merged(path, detector, {.per_frame = 20}), pixels(path, detector, {.per_frame = 20}, of_pixels());
  Frame a, b;
  std::size_t frames = 0, hits = 0, found = 0;
  for (; merged.next(a); ++frames) {
    ASSERT_TRUE(pixels.next(b));
    EXPECT_EQ(a.n_events, b.n_events);
    EXPECT_EQ(a.index, b.index);
    EXPECT_NEAR(static_cast<double>(b.hits.size()), static_cast<double>(a.hits.size()),
                0.03 * static_cast<double>(a.hits.size()));
    for (std::size_t i = 0; i < a.hits.size(); ++i, ++hits)
      for (std::size_t j = 0; j < b.hits.size(); ++j)
        if (a.hits.layer[i] == b.hits.layer[j] && a.hits.event[i] == b.hits.event[j] &&
            std::hypot(a.hits.x[i] - b.hits.x[j], a.hits.y[i] - b.hits.y[j]) < 0.06F) {
          ++found;
          break;
        }
  }
  EXPECT_FALSE(pixels.next(b));
  EXPECT_EQ(frames, 5U);
  EXPECT_GT(static_cast<double>(found), 0.98 * static_cast<double>(hits));
  EXPECT_EQ(pixels.frame_report().events, 100);
  EXPECT_EQ(pixels.merge_report().rows, merged.merge_report().rows);
  EXPECT_EQ(merged.merge_report().mixed, 0);
}

TEST(FrameReader, IncompleteReadoutsAreKeptOrCounted) {
  const Detector detector = read_detector("bergen-dtc");
  std::string text = kHeader;
  for (int e = 0; e < 5; ++e) text += step(e, 5.0 * e, 0.0, 0.05);
  Frame frame;
  FrameReader keep(event::file_of(text, "t.csv"), detector, {.per_frame = 3}, of_pixels());
  ASSERT_TRUE(keep.next(frame));
  ASSERT_TRUE(keep.next(frame));
  EXPECT_EQ(frame.n_events, 2);
  FrameReader drop(event::file_of(text, "t.csv"), detector, {.per_frame = 3, .keep_partial = false}, of_pixels());
  ASSERT_TRUE(drop.next(frame));
  EXPECT_FALSE(drop.next(frame));
  EXPECT_EQ(drop.frame_report().partial_events, 2);
}

TEST(HitConfig, BadOptionsAreNamed) {
  HitConfig config = of_pixels();
  config.pixels.collected = 1.5;
  EXPECT_THAT(error_of([&] { check_hits(config, "e.toml"); }), HasSubstr("collected = '1.5'"));
}

}  // namespace
}  // namespace difftrack::detector
