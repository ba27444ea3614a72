// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/simulate/sample_statistics.hpp"
#include "difftrack/simulate/steps_writer.hpp"
#include "tests/event/made_files.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;
using event::error_of;
using testing::HasSubstr;

SimulationConfig small(std::int64_t primaries = 600) {
  SimulationConfig config;
  config.primaries = primaries;
  config.seed = 5;
  return config;
}

std::string written(const SimulationConfig& config) {
  const event::TemporaryFolder folder;
  const Simulation simulation(config);
  StepsWriter writer(folder / "s.npz", simulation.detector(),
                     {.scan = simulation.beam().is_scan(), .threads = config.threads});
  simulation.run([&](const event::Steps& steps) { writer.append(steps); });
  writer.commit("test");
  return event::content_of(folder / "s.npz");
}

TEST(Simulation, SameBytesForAnyNumberOfThreads) {
  for (const char* phantom : {"water:100", "ctp404"}) {
    auto config = small(1700);  // several chunks, the last one partial
    config.phantom = phantom;
    config.threads = 1;
    const std::string one = written(config);
    for (const int threads : {2, 3, 7}) {
      config.threads = threads;
      EXPECT_EQ(written(config), one) << threads;
    }
    config.seed = 6;
    EXPECT_NE(written(config), one);
  }
}

TEST(Simulation, EventsDoNotDependOnTheirNeighbours) {
  const Simulation simulation(small());
  const auto all = simulation.run();
  const auto some = simulation.events(100, 3);
  const auto begin = std::lower_bound(all.event.begin(), all.event.end(), 100) - all.event.begin();
  ASSERT_GT(some.size(), 0U);
  for (std::size_t i = 0; i < some.size(); ++i) {
    const auto j = i + static_cast<std::size_t>(begin);
    EXPECT_EQ(some.event[i], all.event[j]);
    EXPECT_EQ(some.x[i], all.x[j]);
    EXPECT_EQ(some.edep[i], all.edep[j]);
  }
}

TEST(Simulation, TruthIsConsistent) {
  auto config = small(3000);
  config.detector = "gate-3mm-al";
  config.phantom = "water:250";
  config.beam.energy = 250.0;
  const Simulation simulation(config);
  const auto steps = simulation.run();
  std::map<std::pair<int, int>, std::set<std::tuple<int, int, int>>>
      tracks;  // (event, track) -> (parent, pdg, process)
  std::set<int> processes, codes;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ASSERT_TRUE(std::isfinite(steps.x[i]) && std::isfinite(steps.y[i]) && std::isfinite(steps.z[i]));
    ASSERT_GT(steps.edep[i], 0.0F);
    ASSERT_LT(steps.edep[i], 250.0F);
    ASSERT_GE(steps.track[i], 1);
    tracks[{steps.event[i], steps.track[i]}].insert({steps.parent[i], steps.pdg[i], steps.process[i]});
    EXPECT_EQ(steps.parent[i] == 0, steps.process[i] == 0);
    EXPECT_EQ(steps.parent[i] == 0, steps.track[i] == 1);
    EXPECT_LT(steps.parent[i], steps.track[i]);
    processes.insert(steps.process[i]);
    codes.insert(steps.pdg[i]);
    const auto& layer = simulation.detector().layers[static_cast<std::size_t>(steps.layer[i])];
    EXPECT_NEAR(steps.z[i], layer.sensitive_z, 0.0075);
  }
  for (const auto& [key, identities] : tracks) EXPECT_EQ(identities.size(), 1U) << key.first << " " << key.second;
  EXPECT_THAT(processes, testing::IsSupersetOf({0, 1, 2, 3, 4}));
  EXPECT_THAT(codes, testing::IsSupersetOf({pdg::kElectron, pdg::kProton}));
  EXPECT_TRUE(std::is_sorted(steps.event.begin(), steps.event.end()));
}

TEST(Simulation, StepsReadBackWithTheirLayers) {
  for (const char* detector : {"bergen-dtc", "gate-3mm-al"}) {
    auto config = small(200);
    config.detector = detector;
    config.phantom = "water:50";
    config.spots_x = 2;
    const event::TemporaryFolder folder;
    const Simulation simulation(config);
    const auto steps = simulation.run();
    StepsWriter writer(folder / "s.npz", simulation.detector(), {.scan = true, .threads = 1});
    writer.append(steps);
    writer.commit("test");
    EXPECT_EQ(writer.rows(), static_cast<std::int64_t>(steps.size()));
    const auto table = event::read_table(folder / "s.npz");
    EXPECT_THAT(table.names(),
                testing::ElementsAre("eventID", "trackID", "parentID", "PDGEncoding", "posX", "posY", "posZ", "edep",
                                     "level1ID", "level2ID", "creatorProcess", "spotX", "spotY"));
    const auto read = detector::steps_from_table(table, simulation.detector());
    EXPECT_EQ(read.layer, steps.layer);
    EXPECT_EQ(read.event, steps.event);
    EXPECT_EQ(read.edep, steps.edep);
    EXPECT_EQ(read.pdg, steps.pdg);
    EXPECT_EQ(read.spot_x, steps.spot_x);
  }
}

TEST(Simulation, TheRotationIsWrittenWhereItIsGiven) {
  const event::TemporaryFolder folder;
  const Simulation simulation(small(20));
  const auto steps = simulation.run();
  StepsWriter writer(folder / "s.npz", simulation.detector(), {.rotation = 0.25F, .threads = 1});
  writer.append(steps);
  writer.commit("test");
  const auto read = detector::steps_from_table(event::read_table(folder / "s.npz"), simulation.detector());
  EXPECT_EQ(read.rotation, std::vector<float>(steps.size(), 0.25F));
}

TEST(Simulation, ADetectorWithALayerColumnOfItsOwnGetsIt) {
  const event::TemporaryFolder folder;
  auto config = small(50);
  config.detector = "groningen-w";
  config.phantom = "none";
  config.beam.energy = 180.0;
  const Simulation simulation(config);
  const auto steps = simulation.run();
  StepsWriter writer(folder / "s.npz", simulation.detector(), {.threads = 1});
  writer.append(steps);
  writer.commit("test");
  const auto table = event::read_table(folder / "s.npz");
  EXPECT_TRUE(table.has("layer"));
  EXPECT_EQ(detector::steps_from_table(table, simulation.detector()).layer, steps.layer);
}

TEST(Simulation, VoxelWaterIsWater) {
  const event::TemporaryFolder folder;
  std::ofstream(folder / "v.mhd")
      << "NDims = 3\nDimSize = 4 4 50\nElementSpacing = 40 40 2\nElementType = MET_UCHAR\nElementDataFile = v.raw\n";
  std::ofstream(folder / "v.raw") << std::string(800, '\0');
  auto config = small(1500);
  const auto block = sample_statistics(Simulation(config).run(), config.primaries);
  config.phantom = "volume:" + folder / "v.mhd";
  const auto voxels = sample_statistics(Simulation(config).run(), config.primaries);
  EXPECT_NEAR(static_cast<double>(voxels.hits) / static_cast<double>(block.hits), 1.0, 0.03);
  EXPECT_NEAR(voxels.planes[10].edep_p50 / block.planes[10].edep_p50, 1.0, 0.02);
  EXPECT_NEAR(voxels.slope / block.slope, 1.0, 0.06);
}

// Behind the CTP404 module the beam through an insert has another range: turned by 45 degrees, teflon (dense) replaces
// air.
TEST(Simulation, RotationTurnsTheInserts) {
  auto config = small(600);
  config.phantom = "ctp404";
  config.beam.sigma = config.beam.divergence = config.beam.emittance = 0.0;
  config.nuclear = false;
  config.detector = "bergen-dtc";
  const auto deepest = [&](double rotation) {
    config.rotation = rotation;
    const auto steps = Simulation(config).run();
    double sum = 0.0;
    std::map<std::int64_t, int> last;
    for (std::size_t i = 0; i < steps.size(); ++i)
      last[steps.event[i]] = std::max(last[steps.event[i]], steps.layer[i]);
    for (const auto& [event, layer] : last) sum += layer;
    return sum / static_cast<double>(last.size());
  };
  // Along the axis: inserts 2 (ldpe) and 6 (delrin) at 0 degrees; 3 and 7 (pmp, pmma), 0 and 4 (air, air), 1 and 5.
  const double at0 = deepest(0.0), air = deepest(90 * units::degree), dense = deepest(45 * units::degree),
               other = deepest(-45 * units::degree);
  EXPECT_GT(air, at0 + 1.5);  // two holes of 12.2 mm in epoxy: 28 mm of water, over three layers
  EXPECT_NEAR(deepest(180 * units::degree), at0, 0.4);
  EXPECT_GT(std::abs(dense - other), 0.4);  // teflon with polystyrene against pmp with pmma
}

TEST(Simulation, DisplacedModeCorrelatesKinks) {
  auto config = small(4000);
  config.detector = "gate-3mm-al";
  config.phantom = "water:250";
  config.beam.energy = 250.0;
  config.scattering = Scattering::Displaced;
  const auto displaced = sample_statistics(Simulation(config).run(), config.primaries);
  for (const std::size_t plane : {3U, 6U, 9U})
    EXPECT_NEAR(displaced.planes[plane].kink_correlation, 0.25, 0.06) << plane;
}

TEST(Simulation, SwitchesDoWhatTheySay) {
  auto config = small(400);
  config.electrons = false;
  config.nuclear = false;
  const auto steps = Simulation(config).run();
  EXPECT_TRUE(std::all_of(steps.parent.begin(), steps.parent.end(), [](int p) { return p == 0; }));
  config.straggling = false;
  config.beam.sigma = config.beam.divergence = 0.0;
  config.phantom = "none";
  const auto fixed = Simulation(config).run();
  std::set<float> first;
  for (std::size_t i = 0; i < fixed.size(); ++i)
    if (fixed.layer[i] == 0) first.insert(fixed.edep[i]);
  EXPECT_LT(*first.rbegin() / *first.begin(), 1.01F);
}

TEST(Simulation, BadInputGivesOneClearSentence) {
  const auto error_with = [](const std::function<void(SimulationConfig&)>& change) {
    auto config = small(1);
    change(config);
    return error_of([&] { Simulation simulation(config); });
  };
  EXPECT_EQ(error_with([](auto&) {}), "no error");
  EXPECT_THAT(error_with([](auto& c) { c.beam.energy = 331; }), HasSubstr("energy = '331': must lie in [1, 330] MeV"));
  EXPECT_THAT(error_with([](auto& c) { c.beam.energy = 0.5; }), HasSubstr("energy = '0.5'"));
  EXPECT_THAT(error_with([](auto& c) { c.beam.energy = std::nan(""); }), HasSubstr("energy"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom = "water:-3"; }), HasSubstr("thickness must be above 0"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom = "unobtainium:3"; }), HasSubstr("unknown material"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom = "water:500"; }),
              HasSubstr("overlaps the detector, which begins at 225"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom_z = 200; }), HasSubstr("overlaps the detector"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom_z = -480; }), HasSubstr("before the source at -500"));
  EXPECT_THAT(error_with([](auto& c) { c.phantom_z = 2e5; }), HasSubstr("phantom_z = '200000': must lie in"));
  EXPECT_THAT(error_with([](auto& c) { c.beam.source_z = 300; }), HasSubstr("behind the front of the detector"));
  EXPECT_THAT(error_with([](auto& c) { c.detector = "nowhere"; }), HasSubstr("nowhere"));
  EXPECT_THAT(error_with([](auto& c) { c.beam.emittance = 99e-3; }), HasSubstr("emittance"));
  EXPECT_THAT(error_with([](auto& c) { c.primaries = 0; }), HasSubstr("primaries"));
  detector::Detector broken = detector::read_detector("bergen-dtc");
  broken.layers[3].slabs[0].thickness = -1.0;
  EXPECT_THAT(error_of([&] { Simulation simulation(small(1), broken); }), HasSubstr("layer 3 thickness"));
  broken = detector::read_detector("bergen-dtc");
  broken.layers[4].sensitive_z -= 2.0;
  EXPECT_THAT(error_of([&] { Simulation simulation(small(1), broken); }),
              HasSubstr("begins inside the layer before it"));
}

TEST(Simulation, ProgressIsReportedAndAFailingSinkLeavesNoFile) {
  const event::TemporaryFolder folder;
  const Simulation simulation(small(9000));
  std::vector<std::int64_t> seen;
  simulation.run([](const event::Steps&) {},
                 [&](const core::Progress& p) {
                   seen.push_back(p.done);
                   EXPECT_EQ(p.total, 9000);
                 });
  EXPECT_THAT(seen, testing::ElementsAre(8000, 9000));
  struct Stop {};
  const auto interrupted = [&] {
    StepsWriter writer(folder / "s.npz", simulation.detector(), {.threads = 1});
    simulation.run([&](const event::Steps& steps) {
      writer.append(steps);
      throw Stop{};
    });
  };
  EXPECT_THROW(interrupted(), Stop);
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(folder / "s.npz").parent_path()));
}

}  // namespace
