// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/track_report.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/reconstruct/write_result.hpp"

namespace difftrack::reconstruct {
namespace {

namespace fs = std::filesystem;

/// A frame of chains, each the x of its hits from layer 0 on; planes 10 mm apart, y = 0.
event::Frame frame_of(const std::vector<std::vector<float>>& chains, std::int32_t layers, FrameResult& result) {
  event::Frame frame;
  std::vector<std::vector<std::int32_t>> numbers(chains.size());
  for (std::int32_t layer = layers - 1; layer >= 0; --layer) {
    frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
    for (std::size_t c = 0; c < chains.size(); ++c) {
      if (static_cast<std::size_t>(layer) >= chains[c].size()) continue;
      numbers[c].insert(numbers[c].begin(), static_cast<std::int32_t>(frame.hits.size()));
      frame.hits.x.push_back(chains[c][static_cast<std::size_t>(layer)]);
      frame.hits.y.push_back(0.0F);
      frame.hits.z.push_back(10.0F * static_cast<float>(layer));
      frame.hits.edep.push_back(0.05F);
      frame.hits.layer.push_back(layer);
      frame.hits.cluster_size.push_back(4 + 2 * layer);
      frame.hits.id.push_back(static_cast<std::int64_t>(frame.hits.id.size()));
    }
  }
  frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  for (const auto& hits : numbers) {
    result.tracks.hits.push_back(hits);
    result.tracks.score.push_back(1.0F);
  }
  return frame;
}

class TrackReportTest : public testing::Test {
 protected:
  void TearDown() override {
    fs::remove(path_ + ".npz");
    fs::remove(path_ + ".csv");
  }
  std::vector<TrackReport> report(const std::string& detector) {
    event::TracksMeta meta;
    meta.method = "follower";
    meta.detector = detector;
    meta.per_frame = 1;
    meta.sources = {"run/a.npz", "b.npz"};
    event::TracksWriter writer(path_, meta, false);
    FrameResult first, second, none;
    write_result(writer, frame_of({{0, 0, 0, 0}, {5, 5, 6, 7, 8}}, 5, first), 0, first);
    write_result(writer, frame_of({{0, 0, 1}}, 3, second), 0, second);
    none.tracks.why_none = "no hits";
    write_result(writer, {}, 0, none);
    writer.commit();
    EXPECT_FALSE(has_truth(path_ + ".npz"));
    return report_tracks(path_ + ".npz");
  }

  std::string path_ = (fs::temp_directory_path() / ("difftrack_track_report_" + std::to_string(getpid()))).string();
};

TEST_F(TrackReportTest, CountsKinksAndRanges) {
  const auto reports = report("groningen-w");
  ASSERT_EQ(reports.size(), 2U);
  const TrackReport& r = reports[0];
  EXPECT_EQ(r.source, "a");
  EXPECT_EQ(r.frames, 3);
  EXPECT_EQ(r.frames_with_tracks, 2);
  EXPECT_EQ(r.tracks, 3);
  EXPECT_DOUBLE_EQ(r.tracks_per_frame.value, 1.0);
  EXPECT_DOUBLE_EQ(r.hits_per_track.value, 4.0);
  EXPECT_DOUBLE_EQ(r.hits_per_frame, 4.0);
  ASSERT_EQ(r.layers.size(), 5U);
  EXPECT_EQ(r.layers[2].hits, 3);
  EXPECT_EQ(r.layers[2].ends, 1);
  EXPECT_EQ(r.layers[3].ends, 1);
  EXPECT_EQ(r.layers[4].ends, 1);
  EXPECT_DOUBLE_EQ(r.layers[3].mean_size, 10.0);
  EXPECT_EQ(r.layers[0].kinks, 0);
  EXPECT_TRUE(std::isnan(r.layers[0].kink_median));
  EXPECT_EQ(r.layers[1].kinks, 3);
  EXPECT_NEAR(r.layers[1].kink_median, std::atan(0.1), 1e-6);  // two of the three bend by 1 mm in 10 mm
  EXPECT_NEAR(r.layers[3].kink_95, 0.0, 1e-6);

  const auto matter = detector::layer_matter(detector::read_detector("groningen-w"));
  const double step = matter.plane_wet(3) - matter.plane_wet(2);
  EXPECT_NEAR(r.range.value, matter.plane_wet(3) + 0.5 * step, 1e-6);
  EXPECT_NEAR(r.range_sd, step, 1e-6);
  EXPECT_EQ(reports[1].frames, 0);
  EXPECT_TRUE(std::isnan(reports[1].range.value));
}

TEST_F(TrackReportTest, WithoutTheDetectorThereIsNoRange) {
  const auto reports = report("a-detector-of-mine");
  EXPECT_TRUE(std::isnan(reports[0].range.value));
  EXPECT_EQ(reports[0].tracks, 3);
}

}  // namespace
}  // namespace difftrack::reconstruct
