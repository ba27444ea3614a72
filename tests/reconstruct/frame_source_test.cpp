// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/frame_source.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "difftrack/core/error.hpp"

namespace difftrack::reconstruct {
namespace {

namespace fs = std::filesystem;

class Source : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  fs::path folder_;
};

TEST_F(Source, FilesOfPixelsAreClusteredReadoutByReadout) {
  const auto detector = detector::read_detector("groningen-w");
  std::string csv = "frame,x,y,layer\n";
  for (int readout = 0; readout < 3; ++readout)
    for (int layer = 0; layer < 5; ++layer)
      for (int dx = 0; dx < 2; ++dx)
        for (int dy = 0; dy < 2; ++dy)  // a cluster of 2 × 2 pixels, elsewhere in each readout
          csv += std::to_string(readout) + "," + std::to_string(100 + 50 * readout + dx) + "," +
                 std::to_string(200 + dy) + "," + std::to_string(layer) + "\n";
  FrameSource source({write("pixels.csv", csv)}, detector, {.per_frame = 1});
  event::Frame frame;
  std::int32_t file = -1;
  for (int readout = 0; readout < 3; ++readout) {
    ASSERT_TRUE(source.next(frame, file));
    EXPECT_EQ(frame.index, readout);
    EXPECT_EQ(frame.hits.size(), 5U);
    EXPECT_EQ(frame.n_layers(), 5);
    EXPECT_FALSE(frame.hits.has_truth());
    EXPECT_EQ(frame.hits.cluster_size[0], 4);
  }
  EXPECT_FALSE(source.next(frame, file));
}

TEST_F(Source, NoiseOfPixelsDiffersFromFileToFile) {
  const auto detector = detector::read_detector("bergen-dtc");
  std::string csv = "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";
  for (int i = 0; i < 10; ++i) csv += "0,1,0,0,-1," + std::to_string(1.007 * i) + ",0,225.23,0.05\n";
  const std::string file = write("a.csv", csv);
  detector::HitConfig hits;
  hits.hits = detector::HitSource::Pixels;
  hits.pixels.noise = 40;
  FrameSource source({file, file}, detector, {.per_frame = 1}, hits);
  event::Frame a, b;
  std::int32_t number = 0;
  ASSERT_TRUE(source.next(a, number));
  ASSERT_TRUE(source.next(b, number));
  EXPECT_EQ(number, 1);
  EXPECT_NE(a.hits.x, b.hits.x);
}

TEST_F(Source, FramesAreNumberedOverAllFilesAndNeverSpanTwo) {
  const auto detector = detector::read_detector("bergen-dtc");
  const std::string header = "eventID,trackID,parentID,level1ID,level2ID,posX,posY,posZ,edep\n";
  const auto events = [&](int n) {
    std::string csv = header;
    for (int e = 0; e < n; ++e)
      for (int layer = 0; layer < 2; ++layer)
        csv += std::to_string(e) + ",1,0," + std::to_string(layer) + ",-1," + std::to_string(e) + ",0," +
               (layer == 0 ? "225.23" : "277.63") + ",0.05\n";
    return csv;
  };
  FrameSource source({write("a.csv", events(5)), write("none.csv", header), write("b.csv", events(2))}, detector,
                     {.per_frame = 2});
  event::Frame frame;
  std::int32_t file = -1;
  std::vector<std::pair<std::int32_t, std::int32_t>> seen;  // file, events
  while (source.next(frame, file)) {
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(seen.size()));
    seen.emplace_back(file, frame.n_events);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<std::int32_t, std::int32_t>>{{0, 2}, {0, 2}, {0, 1}, {2, 2}}));
  EXPECT_DOUBLE_EQ(source.fraction_read(), 1.0);
  ASSERT_EQ(source.report().warnings.size(), 1U);  // the file without rows says so
  EXPECT_NE(source.report().warnings[0].find("none.csv"), std::string::npos);
  EXPECT_EQ(source.report().frames.events, 7);
}

}  // namespace
}  // namespace difftrack::reconstruct
