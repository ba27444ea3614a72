// SPDX-License-Identifier: Apache-2.0
// Pixels without truth, as a real detector gives them, through the programs: tracks are found, and their ranges are
// those of the protons behind each thickness of water.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/apps/run_command.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/detector/geant4_pixels.hpp"

namespace difftrack::apps {
namespace {

TEST(PixelsWithoutTruth, TracksAreReportedAndRangesFallWithTheWater) {
  const core::TemporaryFolder folder;
  const auto detector = detector::read_detector("bergen-dtc");
  std::string files;
  for (const int water : {100, 150, 200}) {
    const std::string file = "water" + std::to_string(water) + ".npy";
    detector::write_pixels(folder / file, detector::geant4_pixels(water, detector, {.events_per_frame = 10}));
    files += file + " ";
  }
  for (const std::string method : {"--method follower", "--model bergen-dtc"}) {
    const auto made = run_command("cd " + (folder / "") + " && difftrack reconstruct -q " + files +
                                  "--detector bergen-dtc --per-frame 1 " + method +
                                  " -o tracks && difftrack evaluate tracks.npz --json report.json");
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const auto report = nlohmann::json::parse(std::ifstream(folder / "report.json"));
    ASSERT_EQ(report.size(), 3U);
    double left = 330.0 - 100.0;  // [mm of water] of the range of 230 MeV; a mean with those that react before
    for (const auto& beam : report) {
      EXPECT_GT(beam.at("tracks"), 250) << method;
      EXPECT_GT(beam.at("tracks_per_frame").at("value"), 6.0) << method;
      EXPECT_LT(beam.at("range_mm_water").at("value"), left) << method << ", " << beam.at("source");
      EXPECT_GT(beam.at("range_mm_water").at("value"), left - 14.0) << method << ", " << beam.at("source");
      left -= 50.0;
    }
  }
}

}  // namespace
}  // namespace difftrack::apps
