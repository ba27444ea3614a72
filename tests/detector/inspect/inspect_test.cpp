// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/inspect/inspect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/detector/geant4_pixels.hpp"
#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::error_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGolden = paths::golden() + "/";

TEST(Inspect, GoldenSteps) {
  const FileSummary summary = inspect(kGolden + "water100_p50_steps.npz", read_detector("bergen-dtc"), {20, 100});
  EXPECT_EQ(summary.kind, "steps");
  EXPECT_EQ(summary.problem, "");
  EXPECT_EQ(summary.rows, 1285);
  ASSERT_EQ(summary.columns.size(), 9U);
  EXPECT_EQ(summary.columns[0].name, "eventID");
  EXPECT_EQ(summary.columns[0].type, "int32");
  EXPECT_EQ(summary.columns[0].min, 0.0);
  EXPECT_EQ(summary.columns[0].max, 54.0);
  ASSERT_TRUE(summary.steps);
  const StepsSummary& steps = *summary.steps;
  EXPECT_EQ(steps.events, 50);
  EXPECT_EQ(steps.events_with_hits, 50);
  EXPECT_EQ(steps.primaries, 45);
  EXPECT_EQ(steps.primary_hits, 1220);
  EXPECT_EQ(steps.merge.hits, 1284);
  EXPECT_EQ(steps.merge.small, 1);
  EXPECT_EQ(std::accumulate(steps.hits_per_layer.begin(), steps.hits_per_layer.end(), std::int64_t{0}), 1284);
  EXPECT_EQ(steps.hits_per_layer.size(), 31U);
  ASSERT_EQ(steps.frames.size(), 2U);
  EXPECT_EQ(steps.frames[0].frames, 2);
  EXPECT_EQ(steps.frames[0].partial_events, 10);
  EXPECT_GT(steps.frames[0].mean_hits, 400.0);
  EXPECT_EQ(steps.frames[1].frames, 0);
  EXPECT_EQ(steps.frames[1].partial_events, 50);
}

TEST(Inspect, SaysWhyAFileIsOfNoUse) {
  const event::TemporaryFolder folder;
  const std::string path = folder / "t.csv";
  std::ofstream(path) << "eventID,posX,posY,edep\n0,1,nan,3\n";
  const FileSummary summary = inspect(path, read_detector("bergen-dtc"), {});
  EXPECT_EQ(summary.kind, "table");
  EXPECT_EQ(summary.rows, 1);
  EXPECT_EQ(summary.columns[2].not_finite, 1);
  EXPECT_THAT(summary.problem, HasSubstr("posY, row 0 = 'nan': must be a finite number"));
  EXPECT_THAT(error_of([&] { inspect(folder / "no.npz", read_detector("bergen-dtc"), {}); }),
              HasSubstr("no such file"));
}

TEST(Inspect, ReportsEmptyAndCrowdedFrames) {
  const event::TemporaryFolder folder;
  const std::string path = folder / "t.csv";
  {
    std::ofstream out(path);
    out << "eventID,posX,posY,posZ,edep,layer\n";
    out << "0,0,0,336.0,0.1,3\n";
    for (int i = 0; i < 20'001; ++i) out << "1," << 0.001 * i << ",0,225.2,0.1,0\n";
  }
  const FileSummary summary = inspect(path, read_detector("bergen-dtc"), {1});
  ASSERT_TRUE(summary.steps);
  EXPECT_FALSE(summary.steps->has_truth);
  EXPECT_EQ(summary.steps->frames[0].empty, 1);
  EXPECT_THAT(summary.steps->frames[0].why_empty, HasSubstr("layer 0 has no hit"));
  EXPECT_EQ(summary.steps->frames[0].problem, "frame 1, layer 0: 20001 hits, more than max_hits_per_layer = 20000");
}

TEST(Inspect, ListsArraysThatAreNoTable) {
  const FileSummary summary = inspect(kGolden + "weights_trained.npz", read_detector("bergen-dtc"), {});
  EXPECT_EQ(summary.kind, "arrays");
  ASSERT_EQ(summary.arrays.size(), 68U);
  EXPECT_EQ(summary.arrays[0].key, "R1.layers.0.weight");
  EXPECT_THAT(summary.arrays[0].shape, ElementsAre(144));
}

TEST(Inspect, PixelsWithHotOnes) {
  const Detector detector = read_detector("bergen-dtc");
  event::Pixels pixels = geant4_pixels(100, detector, {.events_per_frame = 5});
  const std::size_t of_protons = pixels.size();
  const std::int32_t readouts = pixels.frame.back() + 1;
  for (std::int32_t layer = 0; layer < 24; ++layer)
    for (std::int32_t frame = layer % 2; frame < readouts; frame += 2) {
      pixels.frame.push_back(frame);
      pixels.layer.push_back(layer);
      pixels.column.push_back(7);
      pixels.row.push_back(100 * layer);
    }
  const event::TemporaryFolder folder;
  write_pixels(folder / "pixels.npy", pixels);
  const FileSummary summary = inspect(folder / "pixels.npy", detector, {});
  EXPECT_EQ(summary.kind, "pixels");
  EXPECT_EQ(summary.rows, static_cast<std::int64_t>(pixels.size()));
  ASSERT_TRUE(summary.pixels);
  EXPECT_EQ(summary.pixels->frames, readouts);
  EXPECT_GE(summary.pixels->min_x, 0);
  EXPECT_LT(summary.pixels->max_x, 9216);
  EXPECT_LT(summary.pixels->max_y, 6144);
  EXPECT_GE(summary.pixels->pixels_per_layer.size(), 28U);
  EXPECT_EQ(summary.pixels->hot.places.size(), 24U);
  std::int64_t hot_rows = 0;
  for (const HotPixelCount& layer : summary.pixels->hot.layers) hot_rows += layer.hot_rows;
  EXPECT_EQ(hot_rows, static_cast<std::int64_t>(pixels.size() - of_protons));
  EXPECT_EQ(std::accumulate(summary.pixels->pixels_per_layer.begin(), summary.pixels->pixels_per_layer.end(),
                            std::int64_t{0}),
            summary.rows);
}

}  // namespace
}  // namespace difftrack::detector
