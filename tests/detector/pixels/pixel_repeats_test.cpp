// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixel_repeats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/frames_from_pixels.hpp"
#include "difftrack/detector/pixels/pixels_from_table.hpp"
#include "difftrack/detector/response/digitise.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/detector/test_detectors.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::Pixels;
using ::testing::ElementsAre;

constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();

void add(Pixels& pixels, std::int32_t frame, std::int32_t column, std::int32_t row = 0, std::int32_t layer = 0) {
  pixels.frame.push_back(frame);
  pixels.layer.push_back(layer);
  pixels.column.push_back(column);
  pixels.row.push_back(row);
}

/// 200 readouts of three events on two layers, with hot pixels if asked.
Pixels readouts(const Detector& detector, double hot_fraction) {
  core::RandomStream random(7, 0);
  event::Steps steps;
  for (std::int32_t e = 0; e < 600; ++e) {
    const double x = 2.5 * (2.0 * random.uniform() - 1.0), y = 2.5 * (2.0 * random.uniform() - 1.0);
    for (std::int32_t layer = 0; layer < 2; ++layer) {
      steps.event.push_back(e);
      steps.layer.push_back(layer);
      steps.x.push_back(static_cast<float>(x));
      steps.y.push_back(static_cast<float>(y));
      steps.z.push_back(0.0F);
      steps.edep.push_back(0.05F);
    }
  }
  return Digitise({.events_per_frame = 3, .hot_fraction = hot_fraction, .hot_rate = 0.5, .threads = 1})(steps,
                                                                                                        detector);
}

/// Every pixel fires for `length` readouts.
Pixels with_pulses(const Pixels& pixels, std::int32_t length) {
  Pixels all;
  std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t>> fired;
  for (std::int32_t late = 0; late < length; ++late)
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      if (!fired.emplace(pixels.frame[i] + late, pixels.layer[i], pixels.row[i], pixels.column[i]).second) continue;
      event::append_row(all, pixels, i);
      all.frame.back() += late;
    }
  return all;
}

TEST(PixelRepeats, OnlyTheFirstOfSuccessiveReadoutsStays) {
  Pixels pixels;
  for (const std::int32_t frame : {6, 4, 5, 9}) add(pixels, frame, 3);  // in any order
  add(pixels, 5, 4);
  add(pixels, 6, 3, 1);
  add(pixels, 6, 4, 0, 1);
  add(pixels, 8, 4);  // one readout without it between
  const RepeatedPixels found = find_repeats(pixels);
  EXPECT_EQ(found.rows, 8);
  EXPECT_EQ(found.repeats, 2);
  EXPECT_EQ(found.duplicates, 0);
  // Readouts 4, 5, 6, 8, 9 have 3 successive pairs; one pixel fired 4 times, one twice.
  EXPECT_DOUBLE_EQ(found.by_chance, 3.0 * (4.0 * 3.0 + 2.0 * 1.0) / (5.0 * 4.0));
  const Pixels kept = drop_repeats(pixels);
  EXPECT_THAT(kept.frame, ElementsAre(4, 9, 5, 6, 6, 8));
  EXPECT_THAT(kept.column, ElementsAre(3, 3, 4, 3, 4, 4));
}

TEST(PixelRepeats, APixelListedTwiceInAReadoutCountsOnce) {
  Pixels pixels;
  for (const std::int32_t frame : {2, 1, 1, 2, 3}) add(pixels, frame, 3);
  pixels.edep = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F};
  const RepeatedPixels found = find_repeats(pixels);
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.duplicates, 2);
  EXPECT_EQ(found.repeats, 2);
  EXPECT_THAT(drop_repeats(pixels).edep, ElementsAre(0.2F));
}

TEST(PixelRepeats, AnyFrameNumbers) {
  Pixels pixels;
  for (const std::int32_t frame : {kHighest, kLowest, kHighest - 1, kLowest + 1, 0}) add(pixels, frame, 3);
  EXPECT_EQ(find_repeats(pixels).repeats, 2);
  EXPECT_THAT(drop_repeats(pixels).frame, ElementsAre(kLowest, kHighest - 1, 0));
}

TEST(PixelRepeats, EmptyFilesAndSingleReadouts) {
  const RepeatedPixels none = find_repeats({});
  EXPECT_EQ(none.rows, 0);
  EXPECT_EQ(none.share(), 0.0);
  EXPECT_EQ(none.share_by_chance(), 0.0);
  EXPECT_FALSE(none.suspicious());
  EXPECT_EQ(drop_repeats({}).size(), 0u);
  Pixels one;
  add(one, 5, 3);
  EXPECT_EQ(find_repeats(one).by_chance, 0.0);
}

TEST(PixelRepeats, ColumnsOfDifferentLengthAreRefused) {
  Pixels pixels;
  add(pixels, 1, 2);
  pixels.row.clear();
  EXPECT_THROW(find_repeats(pixels), core::InputError);
  EXPECT_THROW(drop_repeats(pixels), core::InputError);
}

TEST(PixelRepeats, LongPulsesAreFoundAndHotPixelsAreNot) {
  const Detector detector = pixel_test_detector(2, 200, 200);
  for (const double hot_fraction : {0.0, 1e-3}) {
    const Pixels clean = readouts(detector, hot_fraction);
    const RepeatedPixels before = find_repeats(clean), after = find_repeats(with_pulses(readouts(detector, 0.0), 2));
    EXPECT_FALSE(before.suspicious());
    EXPECT_NEAR(static_cast<double>(before.repeats), before.by_chance, 5.0 * std::sqrt(before.by_chance) + 3.0);
    if (hot_fraction > 0.0) {
      EXPECT_GT(before.share(), 0.15);
    }
    EXPECT_TRUE(after.suspicious());
    EXPECT_NEAR(after.share(), 0.5, 0.01);
    EXPECT_LT(after.share_by_chance(), 0.05);
  }
  const RepeatedPixels mixed = find_repeats(with_pulses(readouts(detector, 2e-4), 3));
  EXPECT_TRUE(mixed.suspicious());
}

/// Positions and readouts of all hits.
std::vector<std::tuple<std::int32_t, std::int32_t, float, float, std::int32_t>> hits_of(const PixelFrames& made) {
  std::vector<std::tuple<std::int32_t, std::int32_t, float, float, std::int32_t>> all;
  for (const event::Frame& frame : made.frames)
    for (std::size_t i = 0; i < frame.hits.size(); ++i)
      all.emplace_back(frame.index, frame.hits.layer[i], frame.hits.x[i], frame.hits.y[i], frame.hits.cluster_size[i]);
  return all;
}

TEST(PixelRepeats, FramesAreThoseOfTheFileWithoutThem) {
  const Detector detector = pixel_test_detector(2, 200, 200);
  Pixels clean = readouts(detector, 0.0);
  for (std::int32_t& frame : clean.frame) frame *= 4;  // pulses end before the next event comes
  const auto expected = hits_of(FramesFromPixels({.cluster = {.threads = 1}})(clean, detector));
  for (const std::int32_t length : {2, 3}) {
    Pixels late = with_pulses(clean, length);
    std::vector<std::size_t> backwards(late.size());
    std::iota(backwards.rbegin(), backwards.rend(), std::size_t{0});
    late = event::select_rows(late, backwards);
    const PixelFrames without = FramesFromPixels({.drop_repeats = true, .cluster = {.threads = 1}})(late, detector);
    EXPECT_EQ(hits_of(without), expected);
    EXPECT_EQ(without.repeated_rows, static_cast<std::int64_t>(late.size() - clean.size()));
    EXPECT_EQ(without.frames.back().hits.size(), 0u);
    EXPECT_NE(without.frames.back().why_empty.find("leaving out repeated pixels"), std::string::npos);
    const PixelFrames with = FramesFromPixels({.mask_hot = false, .cluster = {.threads = 1}})(late, detector);
    EXPECT_EQ(hits_of(with).size(), expected.size() * static_cast<std::size_t>(length));
    EXPECT_EQ(with.repeated_rows, 0);
  }
}

TEST(PixelRepeats, BeamFilesRepeatAsOftenAsChanceSays) {
  const std::string data = paths::shared() + "/data/";
  if (!std::filesystem::exists(data + "groningen_180MeV_pixels.npz"))
    GTEST_SKIP() << "no " << data << "groningen_*MeV_pixels.npz on this machine";
  const Detector detector = read_detector("groningen-w");
  for (const int energy : {150, 160, 180}) {
    const std::string file = data + "groningen_" + std::to_string(energy) + "MeV_pixels.npz";
    const Pixels pixels = pixels_from_table(event::read_table(file), detector);
    const RepeatedPixels found = find_repeats(pixels), pulses = find_repeats(with_pulses(pixels, 2));
    std::printf(
        "%d MeV: %.2f %% of the pixels fired in the readout before, %.2f %% by chance; with pulses of two "
        "readouts %.1f and %.2f %%\n",
        energy, 100.0 * found.share(), 100.0 * found.share_by_chance(), 100.0 * pulses.share(),
        100.0 * pulses.share_by_chance());
    EXPECT_EQ(found.duplicates, 0);
    EXPECT_FALSE(found.suspicious());
    EXPECT_NEAR(found.share(), found.share_by_chance(), 0.005);
    EXPECT_TRUE(pulses.suspicious());
  }
}

}  // namespace
}  // namespace difftrack::detector
