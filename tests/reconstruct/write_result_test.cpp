// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/write_result.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/reconstruct/evaluate_file.hpp"
#include "difftrack/track/metrics.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/reconstruct/straight_reconstruction.hpp"

namespace difftrack::reconstruct {
namespace {

namespace fs = std::filesystem;

class WriteResult : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("difftrack_write_result_test_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    meta_.method = "straight";
    meta_.assignment = "forced";
    meta_.detector = "test";
    meta_.min_track_hits = 5;
    meta_.per_frame = 20;
    meta_.sources = {"some/water100.npz", "water150.npz"};
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // Five frames with truth in two files, the third without a hit.
  std::vector<event::Frame> frames() const {
    std::vector<event::Frame> made;
    for (std::uint64_t i = 0; i < 5; ++i) {
      event::Frame frame;
      if (i == 2)
        frame.why_empty = "no hits";
      else
        frame = problems::beam_frame(i, 20);
      frame.index = static_cast<std::int64_t>(i);
      frame.n_events = 20;
      made.push_back(frame);
    }
    return made;
  }

  std::vector<FrameResult> write(const std::string& name, bool graph, double cut = 0.0) {
    meta_.last_hit_edep = cut;
    event::TracksWriter writer(path(name), meta_, graph);
    const StraightReconstruction chain(thresholds_of(meta_));
    ReconstructFrame::Workspace workspace;
    std::vector<FrameResult> results;
    for (const event::Frame& frame : frames()) {
      results.push_back(chain(frame, workspace));
      if (frame.hits.size() == 0) results.back().tracks.why_none = frame.why_empty;
      write_result(writer, frame, frame.index < 3 ? 0 : 1, results.back());
    }
    writer.commit();
    return results;
  }

  fs::path folder_;
  event::TracksMeta meta_;
};

TEST_F(WriteResult, ReadsBackHitsTracksAndMeta) {
  const auto results = write("t", false);
  event::TracksReader reader(path("t.npz"));
  EXPECT_EQ(reader.meta().method, "straight");
  EXPECT_EQ(reader.meta().sources, meta_.sources);
  EXPECT_EQ(reader.meta().no_tracks.at("no hits"), 1);
  event::TrackCuts cuts;
  for (const FrameResult& result : results) cuts += result.tracks.cuts;
  ASSERT_TRUE(reader.meta().cuts.has_value());
  EXPECT_GT(cuts.chains, 70);
  EXPECT_EQ(reader.meta().cuts->chains, cuts.chains);
  EXPECT_EQ(reader.meta().cuts->hits, cuts.hits);
  EXPECT_EQ(reader.meta().cuts->too_short, cuts.too_short);
  EXPECT_EQ(reader.meta().cuts->too_short_hits, cuts.too_short_hits);
  EXPECT_EQ(reader.meta().cuts->faint_end, cuts.faint_end);
  event::RecordedFrame recorded;
  std::size_t i = 0;
  for (const event::Frame& frame : frames()) {
    ASSERT_TRUE(reader.next(recorded));
    EXPECT_EQ(recorded.file, frame.index < 3 ? 0 : 1);
    EXPECT_EQ(recorded.frame.n_events, 20);
    EXPECT_EQ(recorded.frame.hits.x, frame.hits.x);
    EXPECT_EQ(recorded.frame.hits.edep, frame.hits.edep);
    EXPECT_EQ(recorded.frame.hits.id, frame.hits.id);
    EXPECT_EQ(recorded.frame.hits.event, frame.hits.event);
    EXPECT_EQ(recorded.frame.n_layers(), frame.n_layers());
    EXPECT_EQ(recorded.tracks.hits.offsets, results[i].tracks.hits.offsets);
    EXPECT_EQ(recorded.tracks.hits.values, results[i].tracks.hits.values);
    EXPECT_EQ(recorded.tracks.score, results[i].tracks.score);
    ++i;
  }
  EXPECT_FALSE(reader.next(recorded));
}

TEST_F(WriteResult, EvaluationEqualsTheOneInMemory) {
  const auto results = write("t", false);
  std::vector<track::FrameCounts> first;
  const auto all = frames();
  for (std::size_t i = 0; i < 2; ++i)
    first.push_back(track::evaluate_tracks(all[i], results[i].tracks, thresholds_of(meta_), &results[i].graph,
                                           results[i].assigned));
  const track::Metrics expected = track::summarise(first);
  const auto evaluations = evaluate_file(path("t.npz"));
  ASSERT_EQ(evaluations.size(), 2U);
  EXPECT_EQ(evaluations[0].source, "water100");
  const track::Metrics& metrics = evaluations[0].metrics;
  EXPECT_DOUBLE_EQ(metrics.published_purity.value, expected.published_purity.value);
  EXPECT_DOUBLE_EQ(metrics.published_efficiency.value, expected.published_efficiency.value);
  EXPECT_DOUBLE_EQ(metrics.strict_purity.low, expected.strict_purity.low);
  EXPECT_DOUBLE_EQ(metrics.strict_efficiency.high, expected.strict_efficiency.high);
  EXPECT_DOUBLE_EQ(metrics.segment_tpr.value, expected.segment_tpr.value);
  EXPECT_DOUBLE_EQ(metrics.segment_filter_kept.value, expected.segment_filter_kept.value);
}

TEST_F(WriteResult, CsvHasOneLinePerHitOnATrack) {
  const auto results = write("t.csv", false);
  std::size_t hits = 0;
  for (const auto& result : results) hits += result.tracks.hits.values.size();
  std::ifstream in(path("t.csv"));
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "track,frame,order,hit,layer,x_mm,y_mm,z_mm,edep_MeV,score,event,primary");
  std::size_t lines = 0;
  while (std::getline(in, line)) ++lines;
  EXPECT_GT(hits, 500U);
  EXPECT_EQ(lines, hits);
}

// What a method says of its sureness comes back to the bit, from the .npz and from the CSV, and a method that says
// nothing leaves no trace of it.
TEST_F(WriteResult, ConfidenceReadsBackFromBothFiles) {
  meta_.last_hit_edep = 0.0;
  event::TracksWriter writer(path("t"), meta_, false);
  const StraightReconstruction chain(thresholds_of(meta_));
  ReconstructFrame::Workspace workspace;
  struct Said {
    float link, track;
  };
  std::vector<Said> said;  // of all hits on tracks, in the order of the CSV
  std::vector<FrameResult> results;
  for (const event::Frame& frame : frames()) {
    FrameResult result = chain(frame, workspace);
    if (frame.hits.size() == 0) result.tracks.why_none = frame.why_empty;
    for (std::size_t h = 0; h < frame.hits.size(); ++h)
      result.confidence.push_back(0.5F + 0.001F * static_cast<float>(h) / 3.0F);
    for (std::size_t t = 0; t < result.tracks.size(); ++t) {
      result.tracks.confidence.push_back(1.0F / static_cast<float>(3 + t));
      for (const std::int32_t h : result.tracks.hits[t])
        said.push_back({result.confidence[static_cast<std::size_t>(h)], result.tracks.confidence.back()});
    }
    write_result(writer, frame, frame.index < 3 ? 0 : 1, result);
    results.push_back(std::move(result));
  }
  writer.commit();

  event::TracksReader reader(path("t.npz"));
  event::RecordedFrame recorded;
  for (const FrameResult& result : results) {
    ASSERT_TRUE(reader.next(recorded));
    EXPECT_EQ(recorded.tracks.confidence, result.tracks.confidence);
  }

  const event::Table csv = event::read_table(path("t.csv"));
  const std::vector<float> link = csv.floats_or_nan("confidence"), track = csv.finite_floats("track_confidence");
  const std::vector<std::int32_t> order = csv.int32s("order");
  ASSERT_EQ(link.size(), said.size());
  ASSERT_GT(said.size(), 500U);
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (order[i] == 0)
      EXPECT_TRUE(std::isnan(link[i])) << i;
    else
      EXPECT_EQ(link[i], said[i].link) << i;
    EXPECT_EQ(track[i], said[i].track) << i;
  }
  write("silent", false);
  EXPECT_TRUE(event::TracksReader(path("silent.npz")).next(recorded));
  EXPECT_TRUE(recorded.tracks.confidence.empty());
}

// The second event of a hit comes back from both files and counts in the strict figures alone; a file without one has
// no trace of it, nor has one that an earlier difftrack wrote, and gives the figures of hits without it.
TEST_F(WriteResult, SecondEventsReadBackAndCount) {
  meta_.last_hit_edep = 0.0;
  const auto evaluate = [&](const std::string& name, bool with_second, std::int64_t second) {
    event::TracksWriter writer(path(name), meta_, false);
    const StraightReconstruction chain(thresholds_of(meta_));
    ReconstructFrame::Workspace workspace;
    for (event::Frame frame : frames()) {
      if (frame.hits.size() == 0) continue;
      FrameResult result = chain(frame, workspace);
      if (with_second) frame.hits.second_event.assign(frame.hits.size(), second);
      for (std::size_t t = 0; second >= 0 && t < result.tracks.size(); ++t)  // the first hit's event is in all hits
        for (const std::int32_t h : result.tracks.hits[t])
          frame.hits.second_event[static_cast<std::size_t>(h)] =
              frame.hits.event[static_cast<std::size_t>(result.tracks.hits[t][0])];
      write_result(writer, frame, 0, result);
    }
    writer.commit();
    return evaluate_file(path(name + ".npz")).at(0).metrics;
  };
  const track::Metrics plain = evaluate("plain", false, -1), none = evaluate("none", true, -1);
  const track::Metrics shared = evaluate("shared", true, 0);
  EXPECT_EQ(std::memcmp(&plain, &none, sizeof plain), 0);
  EXPECT_EQ(shared.published_purity.value, plain.published_purity.value);
  EXPECT_EQ(shared.published_efficiency.value, plain.published_efficiency.value);
  EXPECT_EQ(shared.counts.reconstructable, plain.counts.reconstructable);
  EXPECT_LT(plain.strict_purity.value, 1.0);
  EXPECT_EQ(shared.strict_purity.value, 1.0);

  event::RecordedFrame recorded;
  ASSERT_TRUE(event::TracksReader(path("shared.npz")).next(recorded));
  ASSERT_EQ(recorded.frame.hits.second_event.size(), recorded.frame.hits.size());
  const auto first = static_cast<std::size_t>(recorded.tracks.hits[0][0]);
  EXPECT_EQ(recorded.frame.hits.second_event[first], recorded.frame.hits.event[first]);
  const event::Table csv = event::read_table(path("shared.csv"));
  EXPECT_EQ(csv.int64s("second_event").at(0), recorded.frame.hits.event[first]);
  EXPECT_FALSE(event::read_table(path("plain.csv")).has("second_event"));
  ASSERT_TRUE(event::TracksReader(path("plain.npz")).next(recorded));
  EXPECT_TRUE(recorded.frame.hits.second_event.empty());
}

TEST_F(WriteResult, ComparisonOfAFileWithItselfIsZeroAndNeedsTheGraph) {
  write("a", true);
  write("b", true);
  const auto same = compare_files(path("a.npz"), path("b.npz"));
  EXPECT_GT(same.segments, 1000);
  EXPECT_EQ(same.different, 0);
  write("c", false);
  EXPECT_THROW(compare_files(path("a.npz"), path("c.npz")), core::InputError);
}

TEST_F(WriteResult, WithoutCommitNothingIsLeft) {
  { event::TracksWriter writer(path("t"), meta_, true); }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(WriteResult, WhatAKilledRunLeftIsRemovedWithItsGraph) {
  for (const char* name : {"t.npz.1.part", "t.csv.1.part", "t.graph.npz.1.part"}) std::ofstream(path(name)) << "half";
  write("t", false);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(WriteResult, NoFileIsADeviceOrStandardOutputWithAGraph) {
  for (const char* output : {"/dev/null", "/dev/stdout"})
    EXPECT_THROW(event::TracksWriter(output, meta_, false), core::InputError) << output;
  EXPECT_THROW(event::TracksWriter(event::kStandardOutput, meta_, true), core::InputError);
  EXPECT_TRUE(event::tracks_file_names(event::kStandardOutput, false).empty());
}

TEST_F(WriteResult, ForeignAndDamagedFilesAreNamed) {
  event::NpzWriter other(path("other.npz"));
  other.add("x", std::vector<float>{1.0F});
  other.commit();
  try {
    event::TracksReader reader(path("other.npz"));
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              path("other.npz") + ": is no tracks file; make one with 'difftrack reconstruct'");
  }
  write("t", false);
  std::ifstream in(path("t.npz"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::ofstream(path("half.npz"), std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  EXPECT_THROW(event::TracksReader(path("half.npz")), core::InputError);
}

TEST_F(WriteResult, TruthInSomeFilesOnlyIsRefused) {
  event::TracksWriter writer(path("t"), meta_, false);
  event::Frame frame = problems::beam_frame(1, 10);
  write_result(writer, frame, 0, {});
  event::Frame shared = frame;
  shared.hits.second_event.assign(shared.hits.size(), -1);
  EXPECT_THROW(write_result(writer, shared, 1, {}), core::InputError);
  frame.hits.event.clear();
  frame.hits.primary.clear();
  EXPECT_THROW(write_result(writer, frame, 1, {}), core::InputError);
}

}  // namespace
}  // namespace difftrack::reconstruct
