// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/stream.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/reconstruct/write_result.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/reconstruct/straight_reconstruction.hpp"

namespace difftrack::reconstruct {
namespace {

namespace fs = std::filesystem;

// A file of steps with one row per hit of `n` synthetic protons, in event order.
void write_steps(const std::string& path, std::int32_t n, std::uint64_t seed) {
  const event::Frame frame = problems::beam_frame(seed, n);
  const event::Hits& hits = frame.hits;
  std::vector<std::int32_t> event, track, parent, level1, level2;
  std::vector<float> x, y, z, edep;
  for (std::int32_t e = 0; e < n; ++e)
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (hits.event[i] != e) continue;
      event.push_back(e);
      track.push_back(1);
      parent.push_back(0);
      level1.push_back(std::min(hits.layer[i], 1));
      level2.push_back(hits.layer[i] < 2 ? -1 : hits.layer[i] - 2);
      x.push_back(hits.x[i]);
      y.push_back(hits.y[i]);
      z.push_back(hits.z[i]);
      edep.push_back(hits.edep[i]);
    }
  event::NpzWriter out(path);
  const std::vector<event::ColumnView> columns{{"eventID", event},   {"trackID", track},   {"parentID", parent},
                                               {"level1ID", level1}, {"level2ID", level2}, {"posX", x},
                                               {"posY", y},          {"posZ", z},          {"edep", edep}};
  out.append("arr_0", columns);
  out.commit();
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Stream : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_);
    detector_.thresholds.last_hit_edep = 0.0;
    files_ = {path("a.npz"), path("b.npz")};
    write_steps(files_[0], 230, 1);
    write_steps(files_[1], 90, 2);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  StreamCounts run(int threads, const std::string& output, const core::ProgressCallback& progress = {}) {
    const StraightReconstruction chain(detector_.thresholds);
    FrameSource source(files_, detector_, {.per_frame = 10});
    event::TracksMeta meta;
    set_thresholds(meta, detector_.thresholds);
    meta.sources = {"a", "b"};
    event::TracksWriter writer(path(output), meta, true);
    const StreamCounts counts = reconstruct_stream(
        source, chain, threads,
        [&](const event::Frame& frame, std::int32_t file, const FrameResult& result) {
          write_result(writer, frame, file, result);
        },
        progress);
    writer.commit();
    return counts;
  }

  fs::path folder_;
  std::vector<std::string> files_;
  detector::Detector detector_ = detector::read_detector("bergen-dtc");
};

TEST_F(Stream, SameBytesForAnyNumberOfThreads) {
  const StreamCounts one = run(1, "one");
  EXPECT_EQ(one.frames, 32);
  EXPECT_EQ(one.events, 320);
  EXPECT_GT(one.tracks, 100);
  for (const int threads : {2, 3, 7}) {
    run(threads, "many");
    for (const char* ending : {".npz", ".csv", ".graph.npz"})
      EXPECT_EQ(bytes_of(path(std::string("one") + ending)), bytes_of(path(std::string("many") + ending)))
          << ending << " with " << threads << " threads";
  }
}

TEST_F(Stream, ProgressEndsAtTheTotal) {
  core::Progress last;
  run(2, "t", [&](const core::Progress& progress) { last = progress; });
  EXPECT_EQ(last.done, 32);
  EXPECT_EQ(last.total, 32);
}

TEST_F(Stream, ErrorOfTheReaderComesThroughAndNothingIsWritten) {
  files_.push_back(path("missing.npz"));
  EXPECT_THROW(run(2, "out"), core::InputError);
  EXPECT_FALSE(fs::exists(path("out.npz")));
  EXPECT_FALSE(fs::exists(path("out.csv")));
}

TEST_F(Stream, ErrorOfTheSinkStopsTheReader) {
  const StraightReconstruction chain(detector_.thresholds);
  FrameSource source(files_, detector_, {.per_frame = 2});
  EXPECT_THROW(reconstruct_stream(source, chain, 2,
                                  [](const event::Frame&, std::int32_t, const FrameResult&) {
                                    throw core::InputError({"out", "", ""}, "the disk is full");
                                  }),
               core::InputError);
}

}  // namespace
}  // namespace difftrack::reconstruct
