// SPDX-License-Identifier: Apache-2.0
// Real pixels without truth through the programs: tracks are found, and protons of higher energy get deeper.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/apps/run_command.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::apps {
namespace {

namespace fs = std::filesystem;

TEST(GroningenBeam, TracksWithoutTruthAreReportedAndRangesRiseWithEnergy) {
  const std::string data = paths::shared() + "/data/groningen_";
  if (!fs::exists(data + "180MeV_pixels.npz")) GTEST_SKIP() << "no " << data << "*MeV_pixels.npz on this machine";
  const fs::path folder = fs::path(testing::TempDir()) / ("difftrack_real_beam_" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::string files;
  for (const char* energy : {"150", "160", "180"}) files += data + energy + "MeV_pixels.npz ";
  for (const std::string method : {"--method follower", "--model groningen-w"}) {
    const auto made = run_command("cd " + folder.string() + " && difftrack reconstruct -q " + files +
                                  "--detector groningen-w --per-frame 1 " + method +
                                  " -o tracks && difftrack evaluate tracks.npz --json report.json");
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const auto report = nlohmann::json::parse(std::ifstream(folder / "report.json"));
    ASSERT_EQ(report.size(), 3U);
    double before = 130.0;  // [mm of water]
    for (const auto& beam : report) {
      EXPECT_GT(beam.at("tracks"), 120);
      EXPECT_GT(beam.at("tracks_per_frame").at("value"), 0.15);
      EXPECT_GT(beam.at("range_mm_water").at("low"), before) << method << ", " << beam.at("source");
      before = beam.at("range_mm_water").at("high");
      const double kink = beam.at("layers").at(1).at("kink_median_rad");  // scattering in 3.3 mm of tungsten
      EXPECT_GT(kink, 0.04);
      EXPECT_LT(kink, 0.08);
    }
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace difftrack::apps
