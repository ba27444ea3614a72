// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/steps/fold_electrons.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::Steps;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::int32_t kProton = 2212, kElectron = 11, kPositron = -11, kPhoton = 22;
const auto kForms = {fold_electrons, fold_electrons_reference};

struct Row {
  std::int32_t track, parent, pdg, layer;
  float x, y = 0.0F;
  std::int64_t event = 0;
};

Steps steps_of(const std::vector<Row>& rows) {
  Steps steps;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    steps.event.push_back(row.event);
    steps.track.push_back(row.track);
    steps.parent.push_back(row.parent);
    steps.pdg.push_back(row.pdg);
    steps.layer.push_back(row.layer);
    steps.x.push_back(row.x);
    steps.y.push_back(row.y);
    steps.z.push_back(225.0F + 0.001F * static_cast<float>(i));
    steps.edep.push_back(0.001F * static_cast<float>(i + 1));
  }
  return steps;
}

struct Case {
  const char* name;
  std::vector<Row> rows;
  std::vector<std::int32_t> tracks;  ///< afterwards, at a distance of 0.1 mm
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"near and far", {{1, 0, kProton, 0, 5.0F}, {2, 1, kElectron, 0, 5.05F}, {3, 1, kElectron, 0, 5.2F}}, {1, 1, 3}},
      {"step by step", {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.09F}, {2, 1, kElectron, 0, 0.11F}}, {1, 1, 2}},
      {"distance in the plane", {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.08F, 0.08F}}, {1, 2}},
      {"the hit is the mean",
       {{1, 0, kProton, 0, 0.0F}, {1, 0, kProton, 0, 0.3F}, {2, 1, kElectron, 0, 0.2F}},
       {1, 1, 1}},
      {"positrons, too", {{1, 0, kProton, 0, 0.0F}, {2, 1, kPositron, 0, 0.0F}}, {1, 1}},
      {"child before parent", {{2, 1, kElectron, 0, 0.01F}, {1, 0, kProton, 0, 0.0F}}, {1, 1}},
      {"electron of an electron",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.02F}, {3, 2, kElectron, 0, 0.05F}},
       {1, 1, 1}},
      {"near the hadron again, by way of far off",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 9.0F}, {3, 2, kElectron, 0, 0.05F}},
       {1, 2, 1}},
      {"near its electron, far from the hadron",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.09F}, {3, 2, kElectron, 0, 0.12F}},
       {1, 1, 3}},
      {"its electron is in another layer",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 1, 0.0F}, {3, 2, kElectron, 0, 0.05F}},
       {1, 2, 1}},
      {"through a photon with rows",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kPhoton, 3, 4.0F}, {3, 2, kElectron, 0, 0.05F}},
       {1, 2, 1}},
      {"the photon left no rows", {{1, 0, kProton, 0, 0.0F}, {3, 2, kElectron, 0, 0.05F}}, {1, 3}},
      {"photons stay", {{1, 0, kProton, 0, 0.0F}, {2, 1, kPhoton, 0, 0.0F}}, {1, 2}},
      {"the nearest hadron only",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kProton, 1, 0.0F}, {3, 2, kElectron, 0, 0.0F}, {4, 2, kElectron, 1, 0.0F}},
       {1, 2, 3, 2}},
      {"another layer, another event",
       {{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 1, 0.0F}, {2, 1, kElectron, 0, 0.0F, 0.0F, 1}},
       {1, 2, 2}},
      {"an electron beam", {{1, 0, kElectron, 0, 0.0F}, {2, 1, kElectron, 0, 0.0F}}, {1, 2}},
      {"descended from themselves",
       {{1, 0, kProton, 0, 0.0F}, {2, 3, kElectron, 0, 0.0F}, {3, 2, kElectron, 0, 0.0F}, {4, 4, kElectron, 0, 0.0F}},
       {1, 2, 3, 4}},
  };
  return all;
}

TEST(FoldElectrons, CaseTable) {
  for (const Case& each : cases())
    for (const auto& fold : kForms) {
      Steps steps = steps_of(each.rows);
      const Steps before = steps;
      const std::int64_t folded = fold(steps, 0.1, FoldedPosition::OfHit);
      EXPECT_EQ(steps.track, each.tracks) << each.name;
      std::int64_t changed = 0;
      for (std::size_t i = 0; i < steps.size(); ++i) changed += steps.track[i] != before.track[i] ? 1 : 0;
      EXPECT_EQ(folded, changed) << each.name;
      EXPECT_EQ(steps.edep, before.edep) << each.name;
      EXPECT_EQ(steps.z, before.z) << each.name;
    }
}

TEST(FoldElectrons, IdentityIsOfTheHadronAndPositionOfItsHit) {
  for (const auto& fold : kForms) {
    Steps steps = steps_of({{7, 1, kProton, 0, 1.0F}, {7, 1, kProton, 0, 1.1F}, {8, 7, kElectron, 0, 1.08F}});
    steps.process = {1, 1, 3};
    Steps named = steps;
    EXPECT_EQ(fold(steps, 0.1, FoldedPosition::OfHit), 1);
    EXPECT_THAT(steps.parent, Each(1));
    EXPECT_THAT(steps.pdg, Each(kProton));
    EXPECT_THAT(steps.process, Each(1));
    EXPECT_FLOAT_EQ(steps.x[2], 1.05F);
    EXPECT_EQ(fold(named, 0.1, FoldedPosition::Own), 1);
    EXPECT_THAT(named.track, Each(7));
    EXPECT_THAT(named.x, ElementsAre(1.0F, 1.1F, 1.08F));
  }
}

TEST(FoldElectrons, RunsTellEventsApart) {
  for (const auto& fold : kForms) {
    Steps steps = steps_of({{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.0F}, {3, 1, kElectron, 0, 0.0F}});
    steps.run = {0, 0, 1};
    EXPECT_EQ(fold(steps, 0.1, FoldedPosition::OfHit), 1);
    EXPECT_THAT(steps.track, ElementsAre(1, 1, 3));
  }
}

TEST(FoldElectrons, WithoutTruthOrDistanceNothingHappens) {
  const Steps whole = steps_of({{1, 0, kProton, 0, 0.0F}, {2, 1, kElectron, 0, 0.0F}});
  for (const auto& fold : kForms) {
    for (const auto column : {&Steps::pdg, &Steps::track, &Steps::parent}) {
      Steps steps = whole;
      (steps.*column).clear();
      EXPECT_EQ(fold(steps, 0.1, FoldedPosition::OfHit), 0);
      EXPECT_EQ(steps.x, whole.x);
    }
    Steps steps = whole, none;
    for (const double distance : {0.0, -1.0}) EXPECT_EQ(fold(steps, distance, FoldedPosition::OfHit), 0);
    EXPECT_EQ(fold(none, 0.1, FoldedPosition::OfHit), 0);
  }
}

TEST(FoldElectrons, LongLinesOfParentsAreClimbedOnce) {
  std::vector<Row> rows{{1, 0, kProton, 0, 0.0F}};
  for (std::int32_t track = 2; track < 200'000; ++track) rows.push_back({track, track - 1, kElectron, 0, 0.01F});
  std::reverse(rows.begin(), rows.end());
  Steps steps = steps_of(rows);
  EXPECT_EQ(fold_electrons(steps, 0.1), 199'998);
  EXPECT_THAT(steps.track, Each(1));
}

/// A family tree of 30 particles with up to three rows each, by chance; its rows in random order.
Steps random_event(core::RandomStream& random, std::int64_t event) {
  std::vector<Row> rows;
  for (std::int32_t track = 1; track <= 30; ++track) {
    const auto parent = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(track)));
    const std::int32_t pdg = std::vector{kProton, kElectron, kElectron, kPhoton}.at(random.below(4));
    for (std::uint32_t n = random.below(4); n > 0; --n) {
      const auto layer = static_cast<std::int32_t>(random.below(2));
      rows.push_back({track, parent, pdg, layer, static_cast<float>(0.1 * random.normal()),
                      static_cast<float>(0.1 * random.normal()), event});
    }
  }
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[random.below(static_cast<std::uint32_t>(i))]);
  return steps_of(rows);
}

using StepName = std::tuple<std::int64_t, float, float>;  // event, z, energy: neither changes

std::map<StepName, std::tuple<std::int32_t, std::int32_t, std::int32_t>> identities(const Steps& steps) {
  std::map<StepName, std::tuple<std::int32_t, std::int32_t, std::int32_t>> all;
  for (std::size_t i = 0; i < steps.size(); ++i)
    all[{steps.event[i], steps.z[i], steps.edep[i]}] = {steps.track[i], steps.parent[i], steps.pdg[i]};
  return all;
}

TEST(FoldElectrons, AsTheReferenceWhateverTheOrderAndOnlyOnce) {
  core::RandomStream random(3, 0);
  std::int64_t folded = 0;
  for (std::int64_t trial = 0; trial < 200; ++trial) {
    const Steps before = random_event(random, trial);
    for (const auto position : {FoldedPosition::OfHit, FoldedPosition::Own}) {
      Steps fast = before, plain = before;
      const std::int64_t n = fold_electrons(fast, 0.1, position);
      folded += n;
      EXPECT_EQ(n, fold_electrons_reference(plain, 0.1, position));
      EXPECT_EQ(fast.track, plain.track);
      EXPECT_EQ(fast.parent, plain.parent);
      EXPECT_EQ(fast.pdg, plain.pdg);
      EXPECT_EQ(fast.x, plain.x);
      EXPECT_EQ(fast.y, plain.y);
      EXPECT_EQ(fast.edep, before.edep);

      std::vector<std::size_t> backwards(before.size());
      std::iota(backwards.rbegin(), backwards.rend(), std::size_t{0});
      Steps reversed = event::select_rows(before, backwards);
      EXPECT_EQ(fold_electrons(reversed, 0.1, position), n);
      EXPECT_EQ(identities(reversed), identities(fast));
    }
    Steps once = before;
    fold_electrons(once, 0.1);
    EXPECT_EQ(fold_electrons(once, 0.1), 0);
  }
  EXPECT_GT(folded, 300);
}

TEST(FoldElectrons, MergedPositionsStayAndEnergiesJoin) {
  core::RandomStream random(5, 0);
  Thresholds no_cut;
  no_cut.min_cluster_size = 0;
  for (std::int64_t trial = 0; trial < 50; ++trial) {
    Steps steps = random_event(random, trial);
    const event::Hits before = merge_steps(steps, no_cut).hits;
    fold_electrons(steps, 0.1);
    const event::Hits after = merge_steps(steps, no_cut).hits;
    double lost = 0.0;
    for (const float edep : before.edep) lost += static_cast<double>(edep);
    for (const float edep : after.edep) lost -= static_cast<double>(edep);
    EXPECT_NEAR(lost, 0.0, 1e-7);
    std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> hit_of;  // track, layer
    for (std::size_t i = 0; i < after.size(); ++i) hit_of[{after.particle[i], after.layer[i]}] = i;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (before.pdg[i] != kProton) continue;
      const std::size_t j = hit_of.at({before.particle[i], before.layer[i]});
      EXPECT_NEAR(after.x[j], before.x[i], 1e-6F);
      EXPECT_NEAR(after.y[j], before.y[i], 1e-6F);
      EXPECT_GE(after.edep[j], before.edep[i]);
    }
  }
}

TEST(ElectronDistance, IsFourPixelsUnlessSaid) {
  Detector detector;
  detector.pixels.pitch_x = 0.02;
  detector.pixels.pitch_y = 0.03;
  EXPECT_DOUBLE_EQ(electron_distance(detector), 0.12);
  for (const double distance : {0.0, 0.5}) {
    detector.thresholds.electron_distance = distance;
    EXPECT_DOUBLE_EQ(electron_distance(detector), distance);
  }
}

/// 130 protons of a Geant4 run with production cuts of micrometres (tests/data/README.md).
TEST(FoldElectrons, HitsOfARunWithSmallCutsBecomeThoseOfParticles) {
  const std::string file = paths::source() + "/tests/data/geant4_small_cuts.npz";
  const Detector detector = read_detector("bergen-dtc");
  const event::Table table = event::read_table(file);
  std::map<bool, MergeReport> report;
  std::map<bool, double> per_primary_hit;  // hits per hit of a primary
  for (const bool fold : {false, true}) {
    HitConfig config;
    config.fold_electrons = fold;
    StepMerger merger(detector, config);
    const event::Hits hits = merger(steps_from_table(table, detector));
    report[fold] = merger.report();
    per_primary_hit[fold] =
        static_cast<double>(hits.size()) / static_cast<double>(std::count(hits.primary.begin(), hits.primary.end(), 1));
  }
  EXPECT_EQ(report[false].folded, 0);
  EXPECT_GT(per_primary_hit[false], 1.11);
  EXPECT_LT(per_primary_hit[true], 1.06);

  Steps steps = steps_from_table(table, detector), plain = steps;
  const auto electrons = std::count(steps.pdg.begin(), steps.pdg.end(), kElectron);
  EXPECT_EQ(fold_electrons(steps, electron_distance(detector)), report[true].folded);
  EXPECT_GT(static_cast<double>(report[true].folded), 0.85 * static_cast<double>(electrons));
  fold_electrons_reference(plain, electron_distance(detector));
  EXPECT_EQ(steps.track, plain.track);
  EXPECT_EQ(steps.x, plain.x);
}

/// In pixels a cluster is of the particle with most energy: of the proton where its electrons are near, of the electron
/// where that went far.
TEST(FoldElectrons, ClustersAreOfTheProtonUnlessTheElectronWentFar) {
  const Detector detector = read_detector("bergen-dtc");
  Steps steps = steps_of({{1, 0, kProton, 0, 1.0F}, {2, 1, kElectron, 0, 1.03F}, {2, 1, kElectron, 0, 1.6F}});
  steps.edep = {0.01F, 0.06F, 0.05F};
  fold_electrons(steps, electron_distance(detector), FoldedPosition::Own);
  const FramedHits clusters = ClusterPixels()(Digitise({.events_per_frame = 1})(steps, detector), detector);
  EXPECT_THAT(clusters.hits.particle, ElementsAre(1, 2));
  EXPECT_THAT(clusters.hits.primary, ElementsAre(1, 0));
  EXPECT_GT(clusters.hits.x[0], 1.01F);
}

}  // namespace
}  // namespace difftrack::detector
