// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/step_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "tests/detector/test_steps.hpp"
#include "tests/event/made_files.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using event::Steps;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StepReaderTest : public ::testing::Test {
 protected:
  /// All events of a text; grouped from the start after the order has turned out to be broken.
  Steps read(const std::string& text, const InputConfig& input = {}, const ArrivalConfig& arrivals = {},
             bool grouped = false) {
    StepReader reader(event::file_of(text, "f.csv"), detector_, input, arrivals, grouped);
    Steps all;
    try {
      for (Steps events; reader.next(events);) event::append_rows(all, events);
    } catch (const EventsOutOfOrder& found) {
      EXPECT_EQ(found.file, "f.csv");
      EXPECT_FALSE(grouped);
      return read(text, input, arrivals, true);
    }
    notes_ = reader.notes();
    return all;
  }
  /// Rows of each (run, event), and whether each event's rows stand together.
  static std::map<std::pair<std::int32_t, std::int64_t>, std::vector<float>> by_event(const Steps& steps) {
    std::map<std::pair<std::int32_t, std::int64_t>, std::vector<float>> result;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::pair key(steps.run.empty() ? 0 : steps.run[i], steps.event[i]);
      if (i > 0 && !steps.same_event(i, i - 1)) {
        EXPECT_FALSE(result.contains(key)) << key.second;
      }
      result[key].push_back(steps.x[i]);
    }
    return result;
  }

  Detector detector_ = read_detector("bergen-dtc");
  std::vector<std::string> notes_;
};

TEST_F(StepReaderTest, FilesInOrderAreStreamed) {
  const auto rows = test_run(detector_, 0, 0, 9000, 8);  // more than one chunk
  const Steps steps = read(text_of(rows, false));
  EXPECT_EQ(steps.size(), rows.size());
  EXPECT_TRUE(steps.run.empty());
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(by_event(steps).size(), 9000U);
}

TEST_F(StepReaderTest, TheKeyOfAnEventIsItsRunAndItsNumber) {
  const auto first = test_run(detector_, 3, 0, 40, 8), second = test_run(detector_, 5, 0, 40, 8);
  auto appended = first;
  appended.insert(appended.end(), second.begin(), second.end());
  const auto expected = by_event(read(text_of(appended, true)));
  EXPECT_EQ(expected.size(), 80U);
  EXPECT_TRUE(notes_.empty());  // runs ascend: nothing to do
  EXPECT_EQ(expected.at({5, 7}).size(), 8U);

  auto merged = appended;  // sorted by the number alone: rows of two protons under one number
  std::stable_sort(merged.begin(), merged.end(), [](const auto& a, const auto& b) { return a.event < b.event; });
  EXPECT_EQ(by_event(read(text_of(merged, true))), expected);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("f.csv: events are not in order (run 3 comes after run 5 in row 16)")));
}

TEST_F(StepReaderTest, AppendedJobsWithoutARunAreKeptApart) {
  auto rows = test_run(detector_, 0, 0, 40, 8);
  for (std::int32_t job = 1; job < 3; ++job)
    for (const auto& row : test_run(detector_, job, 0, 30, 8)) rows.push_back(row);
  const Steps steps = read(text_of(rows, false));
  const auto events = by_event(steps);
  EXPECT_EQ(events.size(), 100U);
  EXPECT_EQ(events.at({2, 29}).size(), 8U);
  EXPECT_EQ(events.at({1, 0}).front(), static_cast<float>(crossing(detector_, 1, 0, 0).x));
  EXPECT_THAT(notes_,
              ElementsAre(HasSubstr("event numbers restart (event 0 comes after event 39 in row 320): read as 3 "
                                    "jobs one after the other, whose events are kept apart as runs 0 to 2")));
}

TEST_F(StepReaderTest, JobsThatAllCallThemselvesRunZeroAreKeptApart) {
  auto rows = test_run(detector_, 0, 0, 40, 8);
  for (auto row : test_run(detector_, 1, 0, 40, 8)) {
    row.run = 0;
    rows.push_back(row);
  }
  EXPECT_EQ(by_event(read(text_of(rows, true))).size(), 80U);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("event numbers restart")));
}

TEST_F(StepReaderTest, RowsOfThreadsAreGroupedByEvent) {
  const auto ordered = test_run(detector_, 0, 0, 400, 8);
  const auto expected = by_event(read(text_of(ordered, false)));
  auto blocks = ordered;  // whole events, thread after thread
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const auto& a, const auto& b) { return a.event % 4 < b.event % 4; });
  EXPECT_EQ(by_event(read(text_of(blocks, false))), expected);
  EXPECT_THAT(notes_,
              ElementsAre(HasSubstr("f.csv: events are not in order (event 1 comes after event 396 in row 800): "
                                    "3200 rows grouped by event in memory")));
  // Buffers of 21 rows of four threads in turn: events torn apart.
  std::vector<TestStep> torn;
  std::array<std::vector<TestStep>, 4> threads;
  for (const auto& row : ordered) threads[static_cast<std::size_t>(row.event % 4)].push_back(row);
  for (std::size_t begin = 0; begin < threads[0].size(); begin += 21)
    for (const auto& thread : threads)
      for (std::size_t i = begin; i < std::min(begin + 21, thread.size()); ++i) torn.push_back(thread[i]);
  EXPECT_EQ(by_event(read(text_of(torn, false))), expected);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("grouped by event")));
  // Row by row: every layer of an event in another block.
  std::vector<TestStep> alternating;
  for (std::size_t i = 0; i < threads[0].size(); ++i)
    for (const auto& thread : threads) alternating.push_back(thread[i]);
  EXPECT_EQ(by_event(read(text_of(alternating, false))), expected);
}

TEST_F(StepReaderTest, SortingOnDiskGivesTheSameRows) {
  auto rows = test_run(detector_, 0, 0, 6000, 8);
  std::shuffle(rows.begin(), rows.end(), std::mt19937(1));
  const std::string text = text_of(rows, false);
  const Steps in_memory = read(text);
  EXPECT_THAT(notes_.front(), HasSubstr("in memory"));
  const Steps on_disk = read(text, {.memory = 1});
  EXPECT_THAT(notes_.front(), HasSubstr("on disk"));
  EXPECT_EQ(in_memory.event, on_disk.event);
  EXPECT_EQ(in_memory.layer, on_disk.layer);
  EXPECT_EQ(in_memory.x, on_disk.x);
  EXPECT_TRUE(std::is_sorted(on_disk.event.begin(), on_disk.event.end()));
}

TEST_F(StepReaderTest, FramesOfAGroupedFileAreThoseOfTheFileInOrder) {
  const auto ordered = test_run(detector_, 0, 0, 20000, 8);
  auto blocks = ordered;
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const auto& a, const auto& b) { return a.event % 2 < b.event % 2; });
  const auto frames_of = [&](const std::vector<TestStep>& rows, bool grouped) {
    std::vector<std::vector<std::int64_t>> frames;
    FrameReader reader(event::file_of(text_of(rows, false), "f.csv"), detector_, {.per_frame = 100}, {}, {}, grouped);
    for (event::Frame frame; reader.next(frame);) frames.push_back(frame.hits.event);
    return frames;
  };
  EXPECT_EQ(frames_of(blocks, true), frames_of(ordered, false));
  EXPECT_THROW(frames_of(blocks, false), EventsOutOfOrder);  // found in the second chunk: frames had been handed out
}

TEST_F(StepReaderTest, ARunBeginsAFrame) {
  auto rows = test_run(detector_, 4, 0, 25, 8);
  for (const auto& row : test_run(detector_, 6, 0, 25, 8)) rows.push_back(row);
  FrameReader reader(event::file_of(text_of(rows, true), "f.csv"), detector_, {.per_frame = 10});
  std::vector<std::int32_t> runs, events;
  for (event::Frame frame; reader.next(frame);) {
    runs.push_back(frame.run);
    events.push_back(frame.n_events);
  }
  EXPECT_THAT(runs, ElementsAre(4, 4, 4, 6, 6, 6));
  EXPECT_THAT(events, ElementsAre(10, 10, 5, 10, 10, 5));
}

TEST_F(StepReaderTest, EventNumbersBeyond32Bits) {
  const std::int64_t base = 3'000'000'000;
  const Steps steps = read(text_of(test_run(detector_, 0, base, base + 30, 8), false));
  EXPECT_EQ(steps.event.front(), base);
  EXPECT_EQ(steps.event.back(), base + 29);
}

TEST_F(StepReaderTest, MergedRunsAreRefusedAndReadWithForce) {
  auto rows = test_run(detector_, 0, 0, 40, 8);
  for (const auto& row : test_run(detector_, 1, 0, 40, 8)) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.event < b.event; });
  EXPECT_THAT(error_of([&] { read(text_of(rows, false)); }),
              ::testing::MatchesRegex("f.csv: eventID: 100 % of the events hold more than one primary .event 0 has "
                                      "primaries [0-9.]+ mm apart in layer [0-9]+.: event numbers of several runs or "
                                      "files were merged; give the files apart, or keep the column of the run "
                                      ".runID.; --force reads it as it is"));
  EXPECT_EQ(by_event(read(text_of(rows, false), {.force = true})).size(), 40U);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("read as it is")));
}

TEST_F(StepReaderTest, NamesOfTextWithoutALine) {
  EXPECT_THAT((InputConfig{.columns = "eventID,-,posX"}.read_options().columns), ElementsAre("eventID", "-", "posX"));
  EXPECT_TRUE(InputConfig{}.read_options().columns.empty());
}

}  // namespace
}  // namespace difftrack::detector
