// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/merge_steps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::detector {
namespace {

using event::Hits;
using event::Steps;
using ::testing::ElementsAre;

const std::string kGolden = paths::golden() + "/";

void add(Steps& steps, int event, int track, int layer, float x, float edep) {
  steps.event.push_back(event);
  steps.track.push_back(track);
  steps.parent.push_back(track == 1 ? 0 : 1);
  steps.pdg.push_back(2212);
  steps.layer.push_back(layer);
  steps.x.push_back(x);
  steps.y.push_back(-x);
  steps.z.push_back(static_cast<float>(layer));
  steps.edep.push_back(edep);
}

void expect_equal(const MergedHits& a, const MergedHits& b) {
  EXPECT_EQ(a.hits.x, b.hits.x);
  EXPECT_EQ(a.hits.y, b.hits.y);
  EXPECT_EQ(a.hits.z, b.hits.z);
  EXPECT_EQ(a.hits.edep, b.hits.edep);
  EXPECT_EQ(a.hits.layer, b.hits.layer);
  EXPECT_EQ(a.hits.cluster_size, b.hits.cluster_size);
  EXPECT_EQ(a.hits.id, b.hits.id);
  EXPECT_EQ(a.hits.event, b.hits.event);
  EXPECT_EQ(a.hits.particle, b.hits.particle);
  EXPECT_EQ(a.hits.pdg, b.hits.pdg);
  EXPECT_EQ(a.hits.primary, b.hits.primary);
  EXPECT_EQ(a.report.rows, b.report.rows);
  EXPECT_EQ(a.report.duplicates, b.report.duplicates);
  EXPECT_EQ(a.report.merged, b.report.merged);
  EXPECT_EQ(a.report.small, b.report.small);
  EXPECT_EQ(a.report.hits, b.report.hits);
}

TEST(MergeSteps, ClusterSizeLaw) {
  EXPECT_EQ(cluster_size(0.0), 0);
  EXPECT_EQ(cluster_size(0.025), 4);   // int(4.2267 + 0.5)
  EXPECT_EQ(cluster_size(0.0051), 2);  // the threshold of docs/method.md section 1: about 5.1 keV
  EXPECT_EQ(cluster_size(0.00505), 1);
  EXPECT_EQ(cluster_size(0.1), static_cast<int>(4.2267 * std::pow(4.0, 0.65) + 0.5));
  EXPECT_EQ(cluster_size(1e300), 2147483647);
}

TEST(MergeSteps, StepsOfAParticleInALayerBecomeOneHit) {
  Steps steps;
  add(steps, 5, 1, 0, 1.0F, 0.02F);
  add(steps, 5, 1, 0, 2.0F, 0.03F);
  add(steps, 5, 2, 0, 9.0F, 0.05F);
  add(steps, 5, 1, 1, 3.0F, 0.001F);  // below the cluster size
  add(steps, 6, 1, 0, 4.0F, 0.05F);
  for (const auto& merge : {merge_steps, merge_steps_reference}) {
    const MergedHits merged = merge(steps, {}, 10);
    EXPECT_THAT(merged.hits.x, ElementsAre(1.5F, 9.0F, 4.0F));
    EXPECT_THAT(merged.hits.y, ElementsAre(-1.5F, -9.0F, -4.0F));
    EXPECT_NEAR(merged.hits.edep[0], 0.05F, 1e-8F);
    EXPECT_THAT(merged.hits.event, ElementsAre(5, 5, 6));
    EXPECT_THAT(merged.hits.primary, ElementsAre(1, 0, 1));
    EXPECT_THAT(merged.hits.id, ElementsAre(10, 11, 13));
    EXPECT_EQ(merged.report.rows, 5);
    EXPECT_EQ(merged.report.merged, 1);
    EXPECT_EQ(merged.report.small, 1);
    EXPECT_EQ(merged.report.hits, 3);
  }
}

TEST(MergeSteps, ASecondEventComesWithAFileOfHits) {
  Steps steps;
  add(steps, 5, 1, 0, 1.0F, 0.05F);
  add(steps, 5, 1, 1, 1.0F, 0.05F);
  add(steps, 6, 1, 1, 9.0F, 0.05F);
  for (const auto& merge : {merge_steps, merge_steps_reference}) {
    steps.second_event = {6, -1, -1};
    EXPECT_THAT(merge(steps, {}, 0).hits.second_event, ElementsAre(6, -1, -1));
    steps.second_event.clear();
    EXPECT_TRUE(merge(steps, {}, 0).hits.second_event.empty());
  }
}

TEST(MergeSteps, DuplicatedRowsCountOnce) {
  Steps steps;
  for (int copy = 0; copy < 3; ++copy) {
    add(steps, 1, 1, 0, 1.0F, 0.02F);
    add(steps, 1, 1, 0, 2.0F, 0.02F);
  }
  for (const auto& merge : {merge_steps, merge_steps_reference}) {
    const MergedHits merged = merge(steps, {}, 0);
    EXPECT_THAT(merged.hits.x, ElementsAre(1.5F));
    EXPECT_THAT(merged.hits.edep, ElementsAre(0.04F));
    EXPECT_EQ(merged.report.duplicates, 4);
  }
}

TEST(MergeSteps, WithoutTracksEveryRowIsAHit) {
  Steps steps;
  add(steps, 1, 1, 0, 1.0F, 0.02F);
  add(steps, 1, 1, 0, 2.0F, 0.02F);
  add(steps, 1, 1, 0, 2.0F, 0.02F);
  steps.track.clear();
  steps.parent.clear();
  for (const auto& merge : {merge_steps, merge_steps_reference}) {
    const MergedHits merged = merge(steps, {}, 0);
    EXPECT_THAT(merged.hits.x, ElementsAre(1.0F, 2.0F));
    EXPECT_EQ(merged.report.duplicates, 1);
    EXPECT_TRUE(merged.hits.particle.empty() && merged.hits.primary.empty());
    EXPECT_THAT(merged.hits.event, ElementsAre(1, 1));
  }
}

/// Random steps: few events, tracks and layers, so that groups, duplicates and small clusters are common.
Steps random_steps(std::uint64_t seed, bool sorted) {
  core::RandomStream random(seed, 0);
  Steps steps;
  const auto n = random.below(400);
  int event = -3;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (random.below(15) == 0) ++event;
    add(steps, sorted ? event : static_cast<int>(random.below(5)), static_cast<int>(1 + random.below(4)),
        static_cast<int>(random.below(4)), static_cast<float>(random.below(4)),
        0.002F * static_cast<float>(random.below(6)));
  }
  return steps;
}

TEST(MergeSteps, FastEqualsReferenceOnRandomSteps) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Steps steps = random_steps(seed, seed % 3 != 0);
    if (seed % 5 == 0) {
      steps.track.clear();
      steps.parent.clear();
    }
    const Thresholds thresholds{.min_cluster_size = static_cast<std::int32_t>(seed % 4)};
    expect_equal(merge_steps(steps, thresholds, 7), merge_steps_reference(steps, thresholds, 7));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(MergeSteps, ManyStepsInOneGroupTakeNoQuadraticTime) {
  Steps steps;
  for (int i = 0; i < 300'000; ++i) add(steps, 1, 1, 0, static_cast<float>(i), 0.02F);
  EXPECT_EQ(merge_steps(steps, {}).report.merged, 299'999);
}

/// A hit as numbers that can be sorted; positions are compared to 1e-4 mm afterwards.
using Row = std::array<double, 7>;

std::vector<Row> rows_of(const Hits& hits) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < hits.size(); ++i)
    rows.push_back({static_cast<double>(hits.layer[i]), static_cast<double>(hits.event[i]),
                    static_cast<double>(hits.primary[i]), static_cast<double>(hits.x[i]),
                    static_cast<double>(hits.y[i]), static_cast<double>(hits.z[i]), static_cast<double>(hits.edep[i])});
  std::sort(rows.begin(), rows.end());
  return rows;
}

class GoldenHits : public ::testing::TestWithParam<std::string> {};
TEST_P(GoldenHits, AreThePublishedOnesAsASet) {
  const Detector detector = read_detector("bergen-dtc");
  const event::Table table = event::read_table(kGolden + GetParam() + "_steps.npz");
  const Steps steps = steps_from_table(table, detector);
  for (const auto& merge : {merge_steps, merge_steps_reference}) {
    const Frames frames = build_frames(merge(steps, detector.thresholds, 0).hits, {.per_frame = 1000}, GetParam());
    ASSERT_EQ(frames.frames.size(), 1U);
    const event::Frame& frame = frames.frames[0];
    EXPECT_EQ(frame.n_cut_off, 0);

    const event::NpzFile expected(kGolden + GetParam() + "_expected.npz");
    const auto position = expected.values<double>("hit_pos"), edep = expected.values<double>("hit_edep");
    const auto layer = expected.values<double>("hit_layer"), event = expected.values<double>("hit_event"),
               primary = expected.values<double>("hit_primary");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < edep.size(); ++i)
      rows.push_back(
          {layer[i], event[i], primary[i], position[3 * i], position[3 * i + 1], position[3 * i + 2], edep[i]});
    std::sort(rows.begin(), rows.end());
    const auto ours = rows_of(frame.hits);
    ASSERT_EQ(ours.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(ours[i][c], rows[i][c]);
      for (std::size_t c = 3; c < 6; ++c) ASSERT_NEAR(ours[i][c], rows[i][c], 1e-4);
      ASSERT_NEAR(ours[i][6], rows[i][6], 1e-6 * rows[i][6]);
    }
    // Graph order: layers descending.
    EXPECT_TRUE(std::is_sorted(frame.hits.layer.rbegin(), frame.hits.layer.rend()));
  }
}
INSTANTIATE_TEST_SUITE_P(All, GoldenHits, ::testing::Values("water100_p50", "water150_p100", "water200_p50"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace difftrack::detector
