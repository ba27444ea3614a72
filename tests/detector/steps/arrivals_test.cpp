// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/arrivals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/detector/steps/frame_boundary.hpp"
#include "tests/detector/test_steps.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

event::Steps events(const std::vector<std::int64_t>& numbers) {
  event::Steps steps;
  steps.event = numbers;
  return steps;
}

TEST(ArrivalClock, AnEventArrivesWithItsFirstStep) {
  event::Steps steps = events({1, 1, 1, 2});
  steps.time = {30, 10, 20, 50};
  ArrivalClock({.window = 100.0})(steps);
  EXPECT_THAT(steps.time, ElementsAre(10, 10, 10, 50));
}

TEST(ArrivalClock, DrawnTimesHaveTheRateAndCountEventsWithoutHits) {
  std::vector<std::int64_t> all(20000);
  std::iota(all.begin(), all.end(), 0);
  event::Steps steps = events(all);
  const ArrivalConfig config{.window = 1.0, .rate = 1e7, .seed = 4};
  ArrivalClock clock(config);
  clock(steps);
  EXPECT_TRUE(std::is_sorted(steps.time.begin(), steps.time.end()));
  EXPECT_NEAR(steps.time.back(), 20000 * 100.0, 4 * 100.0 * std::sqrt(20000.0));  // 100 ns each
  // Every third event alone, in two pieces: the same times.
  event::Steps first = events({0, 3, 6}), second = events({9, 19999});
  ArrivalClock in_pieces(config);
  in_pieces(first);
  in_pieces(second);
  EXPECT_EQ(first.time[2], steps.time[6]);
  EXPECT_EQ(second.time[1], steps.time[19999]);
  event::Steps other = events({0});
  ArrivalClock({.window = 1.0, .rate = 1e7, .seed = 5})(other);
  EXPECT_NE(other.time[0], steps.time[0]);
}

TEST(ArrivalClock, NumbersThatJumpFarDoNotCountWhatNeverWas) {
  event::Steps steps = events({4'000'000'000'000, 4'000'000'000'001});
  ArrivalClock({.window = 1.0, .rate = 1e9, .seed = 1})(steps);
  EXPECT_LT(steps.time[1], 100.0);
}

TEST(FrameBoundary, NumbersOfEventsWindowsRunsAndSpots) {
  FrameBoundary count(2);
  EXPECT_TRUE(count.begins({}));
  EXPECT_FALSE(count.begins({}));
  EXPECT_TRUE(count.begins({}));
  EXPECT_TRUE(count.last_was_complete());
  EXPECT_TRUE(count.begins({.run = 1}));
  EXPECT_FALSE(count.last_was_complete());
  EXPECT_TRUE(count.begins({.run = 1, .spot_x = 7.0F}));
  EXPECT_FALSE(count.open_is_complete());

  FrameBoundary window(2, 10.0);
  EXPECT_TRUE(window.begins({.arrival = 1.0}));
  for (const double t : {2.0, 3.0, 9.9}) EXPECT_FALSE(window.begins({.arrival = t}));
  EXPECT_TRUE(window.begins({.arrival = 10.0}));
  EXPECT_TRUE(window.last_was_complete());
  EXPECT_TRUE(window.begins({.arrival = 35.0}));
  EXPECT_TRUE(window.begins({.run = 1, .arrival = 35.0}));
  EXPECT_FALSE(window.last_was_complete());
}

class FrameTime : public ::testing::Test {
 protected:
  std::vector<std::int32_t> sizes(const std::string& text, const FrameConfig& config, const HitConfig& hits = {}) {
    const auto frames = [&](bool grouped) {
      FrameReader reader(event::file_of(text, "f.csv"), detector_, config, hits, {}, grouped);
      std::vector<std::int32_t> all;
      for (event::Frame frame; reader.next(frame);) all.push_back(frame.n_events);
      empty_windows_ = reader.frame_report().empty_windows;
      return all;
    };
    try {
      return frames(false);
    } catch (const EventsOutOfOrder&) {
      return frames(true);
    }
  }
  /// Events with times in ns; seven layers each.
  std::string timed(const std::vector<double>& times) const {
    std::string text = "eventID,x,y,z,edep,layer,GlobalTime\n";
    for (std::size_t e = 0; e < times.size(); ++e)
      for (const TestStep& s :
           test_run(detector_, 0, static_cast<std::int64_t>(e), static_cast<std::int64_t>(e) + 1, 7))
        text += fmt::format("{},{},{},{},{},{},{}\n", e, s.x, s.y, s.z, s.edep, s.layer, times[e] + 0.1 * s.layer);
    return text;
  }
  Detector detector_ = read_detector("bergen-dtc");
  std::int64_t empty_windows_ = 0;
};

TEST_F(FrameTime, AFrameHoldsTheEventsOfItsWindow) {
  const std::string text = timed({10, 4000, 4999.95, 5001, 17000, 18000});
  EXPECT_THAT(sizes(text, {.frame_time = 5000.0}), ElementsAre(3, 1, 2));
  EXPECT_EQ(empty_windows_, 1);
  HitConfig pixels;
  pixels.hits = HitSource::Pixels;
  EXPECT_THAT(sizes(text, {.frame_time = 5000.0}, pixels), ElementsAre(3, 1, 2));
  EXPECT_THAT(sizes(text, {.frame_time = 5000.0, .keep_partial = false}), ElementsAre(3, 1));
}

TEST_F(FrameTime, EventsThatArriveInAnotherOrderAreGroupedByTime) {
  EXPECT_THAT(sizes(timed({17000, 10, 18000, 4000, 5001, 4999.95}), {.frame_time = 5000.0}), ElementsAre(3, 1, 2));
}

TEST_F(FrameTime, ARateDrawsTheTimes) {
  const std::string text = text_of(test_run(detector_, 0, 0, 3000, 7), false);
  const FrameConfig config{.frame_time = 5000.0, .rate = 1e7, .arrival_seed = 3};
  const auto found = sizes(text, config);
  EXPECT_EQ(std::accumulate(found.begin(), found.end(), 0), 3000);
  EXPECT_NEAR(static_cast<double>(found.size()), 60.0, 4.0);  // 50 per window on average
  EXPECT_NE(*std::min_element(found.begin(), found.end()), *std::max_element(found.begin(), found.end()));
  EXPECT_EQ(sizes(text, config), found);
}

TEST_F(FrameTime, OptionsWithoutEffectAndFilesWithoutTimesAreRefused) {
  const std::string text = text_of(test_run(detector_, 0, 0, 3, 7), false);
  EXPECT_EQ(error_of([&] { sizes(text, {.frame_time = 5000.0}); }),
            "f.csv: frame_time: needs times: the file has no column time or GlobalTime; a rate (--rate) draws them");
  EXPECT_THAT(error_of([&] { sizes(text, {.rate = 1e7}); }), HasSubstr("rate = '1e+07': needs frame_time"));
}

}  // namespace
}  // namespace difftrack::detector
