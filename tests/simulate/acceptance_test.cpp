// SPDX-License-Identifier: Apache-2.0
// What the simulation must meet (docs/physics.md), item by item; `make physics` shows the same numbers with plots.
#include "difftrack/simulate/acceptance.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/simulate/geant4_comparison.hpp"
#include "difftrack/simulate/physics_reference.hpp"
#include "tests/support/paths.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

void expect_all(const std::vector<Check>& checks) {
  for (const auto& c : checks)
    EXPECT_TRUE(c.pass()) << c.name << " = " << c.value << ", limits " << c.low << " to " << c.high << " (" << c.source
                          << ")";
}

// Item 1.
TEST(Acceptance, EnergyBehindWater) {
  const auto checks = check_water(water_points(4000, 1));
  ASSERT_EQ(checks.size(), 12U);
  expect_all(checks);
}

// Items 2 to 7: survival, slope and width, kinks, energy deposit, stopping layers, secondaries.
TEST(Acceptance, AluminiumStackBehindWater) {
  const std::int64_t primaries = 24000;
  const auto sample = sample_statistics(Simulation(gate_stack_config(primaries, 1)).run(), primaries);
  const auto checks = check_gate_stack(sample);
  ASSERT_GE(checks.size(), 45U);
  expect_all(checks);
}

/// Kept segments of a frame, by all pairs (the graph room is above this one).
double kept_segments(const event::Frame& frame) {
  double kept = 0.0;
  for (std::int32_t deep = 1; deep < frame.n_layers(); ++deep) {
    const double limit = deep <= 2 ? 0.2 : 0.4;
    for (auto i = frame.begin(deep); i < frame.end(deep); ++i)
      for (auto j = frame.begin(deep - 1); j < frame.end(deep - 1); ++j) {
        const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
        const double side = std::hypot(frame.hits.x[a] - frame.hits.x[b], frame.hits.y[a] - frame.hits.y[b]);
        kept += std::atan2(side, static_cast<double>(frame.hits.z[a] - frame.hits.z[b])) < limit;
      }
  }
  return kept;
}

// Every quantity of the comparison with Geant4 (docs/physics.md#geant4): 2 % or twice the combined statistical error,
// whichever is larger. One in twenty lies beyond two standard deviations by chance; none may lie beyond twice its
// limit.
TEST(Acceptance, BergenDtcAgreesWithGeant4) {
  const std::int64_t primaries = 20000;
  std::size_t asked = 0, outside = 0;
  for (const int water : {100, 150, 200}) {
    const auto config = geant4_run_config(water, primaries, 101);
    for (const auto& each : compare_with_geant4(Simulation(config).run(), primaries, water)) {
      if (each.known != nullptr) continue;
      ++asked;
      outside += each.outside();
      EXPECT_LE(std::abs(each.own - each.geant4), 2.0 * each.allowed)
          << each.name << " behind " << water << " mm: " << each.own << ", Geant4 " << each.geant4;
    }
  }
  EXPECT_GT(asked, 200U);
  EXPECT_LE(outside, asked / 12);
}

// The quantities are those of the run of Geant4: its own file gives its own numbers.
TEST(Acceptance, Geant4sFileGivesItsNumbers) {
  const std::string path = paths::shared() + "/data/geant4/bergen_dtc_water100_230MeV.npz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const auto steps = detector::steps_from_table(event::read_table(path), detector::read_detector("bergen-dtc"));
  const auto all = compare_with_geant4(steps, 10000, 100);
  EXPECT_EQ(all.size(), 92U);
  std::size_t outside = 0;
  for (const auto& each : all) {
    outside += each.outside();
    if (each.name.starts_with("kinks above") || each.name.starts_with("continuing")) {
      EXPECT_NEAR(each.own / each.geant4, 1.0, 1e-3) << each.name;
    }
  }
  EXPECT_LE(outside, 5U);
}

// Item 8: all nine cells with the one default beam.
TEST(Acceptance, HitsAndKeptSegmentsPerFrame) {
  const struct {
    int water, per_frame;
    double hits, segments;
  } published[] = {{100, 50, 1337, 4311}, {100, 100, 2675, 14837}, {100, 150, 4015, 31532},
                   {150, 50, 1074, 3079}, {150, 100, 2148, 10397}, {150, 150, 3224, 21906},
                   {200, 50, 815, 2235},  {200, 100, 1628, 7514},  {200, 150, 2445, 15770}};
  for (const int water : {100, 150, 200}) {
    SimulationConfig config;
    config.phantom = "water:" + std::to_string(water);
    config.primaries = 9000;
    const Simulation simulation(config);
    const auto merged = detector::merge_steps(simulation.run(), simulation.detector().thresholds);
    for (const auto& cell : published) {
      if (cell.water != water) continue;
      detector::FrameConfig grouping;
      grouping.per_frame = cell.per_frame;
      grouping.keep_partial = false;
      const auto frames = detector::build_frames(merged.hits, grouping).frames;
      double hits = 0, segments = 0;
      for (const auto& frame : frames) {
        hits += static_cast<double>(frame.hits.size());
        segments += kept_segments(frame);
      }
      const auto n = static_cast<double>(frames.size());
      EXPECT_NEAR(hits / n / cell.hits, 1.0, 0.03) << water << " mm, " << cell.per_frame;
      EXPECT_NEAR(segments / n / cell.segments, 1.0, 0.10) << water << " mm, " << cell.per_frame;
    }
  }
}

// Item 9: the speed (reproducibility is in simulation_test). Machines differ by a factor of two, so the same thread's
// normal random numbers are the measure where it cannot make 20,000 protons a second; `make physics` asks for those.
// By the thread's own clock, so that other work does not count.
TEST(Acceptance, TwentyThousandPrimariesPerSecondAndCore) {
#ifndef NDEBUG
  GTEST_SKIP() << "only optimised builds are fast";
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers slow it down";
#endif
  constexpr double kDrawsPerPrimary = 2000.0;  // 1500 measured
  SimulationConfig config;
  config.primaries = 3000;
  config.threads = 1;
  const Simulation simulation(config);
  const auto seconds_of = [](const auto& work) {
    const auto now = [] {
      timespec t{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
      return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    const double start = now();
    work();
    return now() - start;
  };
  double primaries = 0.0, draws = 0.0, sum = 0.0;  // per second
  for (int i = 0; i < 8 && primaries < 20000.0; ++i) {
    primaries = std::max(primaries, static_cast<double>(config.primaries) /
                                        seconds_of([&] { simulation.run([](const event::Steps&) {}); }));
    core::RandomStream random(1, 0);
    draws = std::max(draws, 1e6 / seconds_of([&] {
                              for (int k = 0; k < 1'000'000; ++k) sum += random.normal();
                            }));
  }
  RecordProperty("primaries_per_second", static_cast<int>(primaries));
  RecordProperty("normals_per_second", static_cast<int>(draws));
  EXPECT_LT(std::abs(sum), 1e5);  // the draws are made
  EXPECT_GE(primaries, std::min(20000.0, draws / kDrawsPerPrimary));
}

// The numbers that the checks carry are those of GATE's file.
TEST(Acceptance, GatePointsAreThoseOfTheFile) {
  const std::string path = paths::shared() + "/data/gate_dtc_al3mm_water250_250MeV.npz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  const auto detector = detector::read_detector("gate-3mm-al");
  const auto gate = sample_statistics(detector::steps_from_table(event::read_table(path), detector), 2500);
  for (const auto& point : gate_planes()) {
    const auto& plane = gate.planes[static_cast<std::size_t>(point.plane)];
    // The file holds half of the 5000 events: allow three of its standard deviations.
    const double expected = 0.5 * point.primaries;
    EXPECT_NEAR(static_cast<double>(plane.primaries), expected, 3.0 * std::sqrt(expected)) << point.plane;
    const auto near = [&](double value, double target, double share) {
      if (target > 0.0) {
        EXPECT_NEAR(value / target, 1.0, share) << point.plane;
      }
    };
    near(plane.edep_p50, point.edep_p50, 0.03);
    near(plane.edep_p05, point.edep_p05, 0.06);
    near(plane.edep_p95, point.edep_p95, 0.08);
    near(plane.kink_68, point.kink_68, 0.05);
    near(plane.kink_95, point.kink_95, 0.08);
    near(plane.kink_99, point.kink_99, 0.30);
  }
  EXPECT_NEAR(gate.slope, 33.8, 1.0);
  EXPECT_NEAR(gate.planes[0].width, 3.83, 0.15);
  EXPECT_NEAR(gate.electron_share, 0.009, 0.0015);
  EXPECT_LT(gate.secondary_proton_same_layer, 0.03);
}

// A small fixed sample against the stored reference. After a deliberate change of the physics:
//   difftrack-physics --update-reference tests/simulate/physics_reference.json --why "what changed, and why"
TEST(Acceptance, NumbersAreThoseOfTheStoredReference) {
  std::ifstream in(paths::source() + "/tests/simulate/physics_reference.json");
  const auto reference = nlohmann::json::parse(in);
  EXPECT_FALSE(reference.at("why").get<std::string>().empty());
  EXPECT_EQ(reference.at("primaries").get<std::int64_t>(), kReferencePrimaries);
  const auto numbers = reference_numbers();
  EXPECT_EQ(numbers.size(), reference.at("numbers").size());
  for (const auto& [name, value] : numbers) {
    ASSERT_TRUE(reference.at("numbers").contains(name)) << name;
    const double stored = reference.at("numbers").at(name).get<double>();
    // Another machine's libm may send single protons another way; anything beyond 1 % is a change of the physics.
    EXPECT_NEAR(value, stored, 0.01 * std::abs(stored) + 1e-3) << name;
  }
}

}  // namespace
