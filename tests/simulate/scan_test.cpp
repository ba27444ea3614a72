// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/event/made_files.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::simulate {
namespace {

using event::error_of;
using testing::HasSubstr;

TEST(Scan, ShippedOnesAreValidAndTheirViewsShareTheTurn) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(paths::source() + "/experiments/scans")) {
    ++count;
    const ScanConfig scan = read_scan(entry.path().string());
    std::set<std::int64_t> seeds;
    for (std::int64_t view = 0; view < scan.views; ++view) {
      const SimulationConfig one = view_of(scan, view);
      EXPECT_DOUBLE_EQ(one.rotation * scan.views, scan.turn * static_cast<double>(view));
      EXPECT_EQ(one.primaries, scan.protons_per_spot * scan.simulation.spots_x * scan.simulation.spots_y);
      seeds.insert(one.seed);
    }
    EXPECT_EQ(seeds.size(), static_cast<std::size_t>(scan.views)) << entry.path();
  }
  EXPECT_GE(count, 4);
}

TEST(Scan, OfASingleSpotIsRefused) {
  const core::TemporaryFolder folder;
  std::ofstream(folder / "one.toml") << "spots_x = 1\nspots_y = 1\n";
  EXPECT_THAT(error_of([&] { read_scan(folder / "one.toml"); }), HasSubstr("is a single spot"));
}

}  // namespace
}  // namespace difftrack::simulate
