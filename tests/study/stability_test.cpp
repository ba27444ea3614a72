// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/stability.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/study/resampling.hpp"
#include "difftrack/study/similarity.hpp"
#include "tests/study/study_fixture.hpp"

namespace difftrack::study {
namespace {

TEST(AreaUnderCurve, IsTheShareOfPairsInOrder) {
  const std::vector<double> values{1.0, 2.0, 3.0, 4.0, 4.0};
  EXPECT_DOUBLE_EQ(area_under_curve(values, std::vector<std::uint8_t>{0, 0, 0, 1, 1}), 1.0);
  EXPECT_DOUBLE_EQ(area_under_curve(values, std::vector<std::uint8_t>{0, 0, 0, 0, 1}), 3.5 / 4.0);  // a tie is one half
  EXPECT_DOUBLE_EQ(area_under_curve(values, std::vector<std::uint8_t>{1, 0, 0, 0, 0}), 0.0);
  EXPECT_TRUE(std::isnan(area_under_curve(values, std::vector<std::uint8_t>(5, 0))));
}

PairCounts made_counts(std::size_t models, std::size_t frames, double within_first) {
  PairCounts counts{models, frames, {}, {}};
  for (std::size_t f = 0; f < frames; ++f)
    for (std::size_t a = 0; a < models; ++a)
      for (std::size_t b = 0; b < models; ++b) {
        core::RandomStream noise(5, (f * models + std::min(a, b)) * models + std::max(a, b));
        counts.numerator.push_back(a == b ? 0.0
                                          : (a < models / 2 && b < models / 2 ? within_first : 10.0) + noise.normal());
        counts.denominator.push_back(100.0);
      }
  return counts;
}

TEST(Bootstrap, IntervalHoldsTheMeanAndNarrowsWithFrames) {
  const Interval few = group_mean(made_counts(6, 10, 10.0), {0, 1, 2}, 500, 1);
  const Interval many = group_mean(made_counts(6, 200, 10.0), {0, 1, 2}, 500, 1);
  for (const Interval& each : {few, many}) {
    EXPECT_LE(each.low, each.value);
    EXPECT_GE(each.high, each.value);
    EXPECT_NEAR(each.value, 0.1, 0.01);
  }
  EXPECT_LT(many.high - many.low, few.high - few.low);
  EXPECT_TRUE(std::isnan(group_mean(made_counts(6, 10, 10.0), {0}, 50, 1).value));
}

TEST(PermutationTest, LabelsOfModelsArePermuted) {
  const std::size_t n = 10;
  const std::vector<std::size_t> a{0, 1, 2, 3, 4}, b{5, 6, 7, 8, 9};
  std::vector<double> alike(n * n, 0.0), different(n * n, 0.0);
  core::RandomStream random(2, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      alike[i * n + j] = alike[j * n + i] = 0.15 + 0.01 * random.normal();
      different[i * n + j] = different[j * n + i] = alike[i * n + j] + (i < 5 ? 0.1 : 0.0);
    }
  const PermutationTest null = compare_groups(alike, n, a, b, 10000, 1),
                        effect = compare_groups(different, n, a, b, 10000, 1);
  EXPECT_TRUE(null.exact);
  EXPECT_EQ(null.labellings, 252);
  EXPECT_GT(null.p, 0.05);
  EXPECT_LE(effect.p, 2.0 / 252.0);  // the labelling and its mirror image: no p of 10 models is smaller
  const PermutationTest drawn = compare_groups(different, n, a, b, 100, 1);
  EXPECT_FALSE(drawn.exact);
  EXPECT_GE(drawn.p, 1.0 / 101.0);
}

class Stability : public testing::Test {
 protected:
  void SetUp() override { set_.detector.thresholds.last_hit_edep = 0.0; }  // these tracks deposit little at their end
  FrameSet set_ = beam_frames(1, 60, 30);
};

TEST_F(Stability, OfAModelWithItselfNothingFlips) {
  Model twin = trained("ptt_1");
  twin.name = "ptt_9";
  const FrameStability same = frame_stability({trained("ptt_1"), twin}, 0, set_.frames[0], set_.detector);
  EXPECT_GT(same.tracks[0], 20);
  EXPECT_EQ(same.common[1], same.tracks[0]);
  EXPECT_EQ(same.in_all, same.tracks[0]);
  EXPECT_EQ(same.right_in_one[1], 0);
  for (const Flip& flip : same.segments) EXPECT_EQ(flip.missing, 0);
}

TEST_F(Stability, CountsFitTogetherAndSurviveTheQueue) {
  const std::vector<Model> models{trained("ptt_1"), trained("ptt_2"), trained("pat_lambda_50_1")};
  const FrameStability found = frame_stability(models, 0, set_.frames[0], set_.detector);
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_EQ(found.common[a * 3 + a], found.tracks[a]);
    EXPECT_LE(found.right[a], found.primaries);
    EXPECT_EQ(static_cast<std::int64_t>(found.stopped[a].size()), found.tracks[a]);
    for (std::size_t b = 0; b < 3; ++b) {
      EXPECT_EQ(found.common[a * 3 + b], found.common[b * 3 + a]);
      EXPECT_LE(found.in_all, found.common[a * 3 + b]);
    }
  }
  std::int64_t missing = 0;
  for (const Flip& flip : found.segments) {
    EXPECT_EQ(flip.others, 1);  // ptt_2 is its only peer
    missing += flip.missing;
    EXPECT_GE(flip.predictors.reduced_margin, -1e-9);
    EXPECT_LE(flip.predictors.kink, 3.2);
  }
  // Segments of ptt_1 that ptt_2 lacks, and the other way, are those on which they differ; matchings are equally large.
  EXPECT_EQ(static_cast<double>(2 * missing), found.disagreement[4 * pair_index(3, 0, 1) + 1]);
  const FrameStability again = stability_from(to_numbers(found), 3);
  EXPECT_EQ(to_numbers(again), to_numbers(found));
}

// Leaving a chosen entry out of its problem and solving again costs just its margin.
TEST_F(Stability, AMarginIsWhatSolvingWithoutTheSegmentCosts) {
  const Model model = trained("ptt_1");
  const StudyFrame& frame = set_.frames[0];
  PointEvaluator::Workspace workspace;
  const PointEvaluator evaluate(model, set_, Statistics::Running);
  std::vector<double> costs;
  for (const float x : evaluate.logits(frame, to_flat(model, model.values), Statistics::Running, workspace))
    costs.push_back(1.0 - 1.0 / (1.0 + std::exp(-static_cast<double>(x))));
  assign::AssignConfig config;
  config.threads = 1;
  const assign::Assignment assignment = assign::assign_costs(frame.segments(), costs, config);
  const std::vector<double> margins = reduced_cost_margins(assignment);
  std::size_t segment = 0, finite = 0;
  for (const assign::PairAssignment& pair : assignment.pairs) {
    for (std::size_t e = 0; e < pair.problem.n_entries(); ++e, ++segment) {
      if (pair.solution.chosen[e] == 0 || segment % 5 != 0) continue;
      assign::Problem without = pair.problem;
      without.column.erase(without.column.begin() + static_cast<std::ptrdiff_t>(e));
      without.cost.erase(without.cost.begin() + static_cast<std::ptrdiff_t>(e));
      for (std::int32_t& begin : without.row_begin) begin -= begin > static_cast<std::int32_t>(e);
      const assign::Solution second = assign::SparseLap{}(without);
      if (second.cardinality < pair.solution.cardinality) {
        EXPECT_TRUE(std::isinf(margins[segment])) << segment;
        continue;
      }
      ++finite;
      EXPECT_NEAR(margins[segment], second.cost - pair.solution.cost, 1e-9) << segment;
    }
  }
  EXPECT_GT(finite, 50U);
}

TEST(DepthMap, AveragesPerPixelAndLeavesOutPoorOnes) {
  FrameStability frame;
  frame.stopped.resize(2);
  for (int k = 0; k < 10; ++k) {
    frame.stopped[0].push_back({0.5, -0.5, 100.0});
    frame.stopped[1].push_back({0.5, -0.5, 102.0});
  }
  frame.stopped[0].push_back({3.0, 3.0, 50.0});
  const DepthMap map = depth_map({&frame}, 2.0);
  EXPECT_EQ(map.columns, 2);
  EXPECT_EQ(map.rows, 3);
  EXPECT_DOUBLE_EQ(map.depth[0][0], 100.0);
  EXPECT_DOUBLE_EQ(map.spread[0], std::sqrt(2.0));
  EXPECT_TRUE(std::isnan(map.spread[5]));
}

}  // namespace
}  // namespace difftrack::study
