// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/curves.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "difftrack/core/error.hpp"
#include "difftrack/study/align_units.hpp"
#include "difftrack/study/lanczos.hpp"
#include "tests/study/study_fixture.hpp"

namespace difftrack::study {
namespace {

TEST(Curve, WeightsAreThoseOfTheirFormulas) {
  const std::vector<double> a{0.0, 0.0}, b{1.0, 2.0};
  Curve bezier = start_curve(CurveKind::Bezier, 1, a, b);
  ASSERT_EQ(bezier.points.size(), 3U);
  EXPECT_EQ(bezier.points[1], (Vector{0.5, 1.0}));
  EXPECT_EQ(bezier.weights(0.25), (std::vector<double>{0.5625, 0.375, 0.0625}));
  Curve chain = start_curve(CurveKind::Chain, 3, a, b);
  EXPECT_EQ(chain.weights(0.25), (std::vector<double>{0.0, 1.0, 0.0, 0.0, 0.0}));
  for (const CurveKind kind : {CurveKind::Linear, CurveKind::Bezier, CurveKind::Chain})
    for (const double t : {0.0, 0.3, 1.0}) {
      const Curve curve = start_curve(kind, 2, a, b);
      const std::vector<double> weights = curve.weights(t);
      EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1.0, 1e-12);
      EXPECT_NEAR(curve.at(t)[1], 2.0 * t, 1e-12) << "untrained bends lie on the straight line";
    }
}

TEST(Curve, ItsEndsAreTheModelsToTheBit) {
  const Model a = trained("ptt_1"), b = trained("pat_lambda_50_2");
  const FrameSet frames = beam_frames(2, 20, 14);
  PointEvaluator::Workspace workspace;
  for (const Statistics statistics : {Statistics::Frame, Statistics::Running, Statistics::Recomputed}) {
    const PointEvaluator evaluate(a, frames, statistics, 2);
    const Curve curve = start_curve(CurveKind::Bezier, 2, a.values, b.values);
    for (const double t : {0.0, 1.0}) {
      const Model& end = t == 0.0 ? a : b;
      const PointLosses on_curve = evaluate(curve.at(t), mixed_statistics(a, b, t), workspace);
      const PointLosses own = evaluate(end.values, end.statistics, workspace);
      EXPECT_EQ(on_curve.bce, own.bce);
      EXPECT_EQ(on_curve.hamming, own.hamming);
    }
  }
}

TEST(Curve, TrainingItsBendLowersTheLossBetweenAndKeepsTheEnds) {
  const Model a = trained("ptt_1"), b = trained("ptt_2");
  const FrameSet frames = beam_frames(4, 15, 12);
  const ConnectConfig config{.loss = CurveLoss::Bce, .steps = 60, .frames_per_step = 4, .learning_rate = 3e-3};
  Curve curve = start_curve(CurveKind::Bezier, 1, a.values, b.values);
  const GradientEvaluator loss(a, frames, bce_loss(), network::BatchNormMode::Frame);
  const double before = loss(curve.at(0.5)).value;
  const std::vector<double> losses = train_bends(curve, config, a, frames, 2);
  EXPECT_EQ(losses.size(), 60U);
  EXPECT_LT(loss(curve.at(0.5)).value, 0.7 * before);
  EXPECT_EQ(curve.points.front(), a.values);
  EXPECT_EQ(curve.points.back(), b.values);
}

TEST(Curve, TrainingIsTheSameForAnyNumberOfThreads) {
  const Model a = trained("ptt_1"), b = trained("ptt_2");
  const FrameSet frames = beam_frames(3, 12, 10);
  for (const CurveLoss loss : {CurveLoss::Bce, CurveLoss::Hamming}) {
    const ConnectConfig config{.curve = CurveKind::Chain, .loss = loss, .bends = 2, .steps = 3};
    std::vector<std::vector<Vector>> ends;
    for (const int threads : {1, 2, 4}) {
      Curve curve = start_curve(config.curve, config.bends, a.values, b.values);
      train_bends(curve, config, a, frames, threads);
      ends.push_back(curve.points);
    }
    EXPECT_EQ(ends[0], ends[1]);
    EXPECT_EQ(ends[0], ends[2]);
  }
}

TEST(Curve, BarriersAsPublishedAndAboveTheLineBetweenTheEnds) {
  PathProfile profile;
  for (const double loss : {1.0, 4.0, 3.0}) {
    PointLosses at;
    at.hamming = loss;
    profile.losses.push_back(at);
  }
  profile.t = {0.0, 0.5, 1.0};
  profile.way = {0.0, 3.0, 4.0};
  const Barrier found = barrier(profile, [](const PointLosses& at) { return at.hamming; });
  EXPECT_EQ(found.maximum, 4.0);
  EXPECT_EQ(found.minimum, 1.0);
  EXPECT_DOUBLE_EQ(found.mean, 8.0 / 3.0);
  EXPECT_DOUBLE_EQ(found.corrected, 2.0);
  EXPECT_EQ(found.corrected_at, 0.5);
  EXPECT_DOUBLE_EQ(found.by_length, (2.5 * 3.0 + 3.5 * 1.0) / 4.0);
}

TEST(Alignment, EightGroupsOfSixteenPermuteWithoutChangingTheNetwork) {
  const Model model = trained("ptt_1");
  const auto groups = unit_groups(model.layout, model.file);
  ASSERT_EQ(groups.size(), 8U);
  Model moved = model;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    EXPECT_EQ(groups[g].size, 16U);
    std::vector<std::int32_t> order(16);
    for (std::size_t i = 0; i < 16; ++i) order[i] = static_cast<std::int32_t>((5 * i + g) % 16);
    permute_units(groups[g], order, moved);
  }
  EXPECT_NE(moved.values, model.values);
  const FrameSet frames = beam_frames(1, 20, 14);
  PointEvaluator::Workspace workspace;
  for (const Statistics statistics : {Statistics::Frame, Statistics::Running}) {
    const PointEvaluator evaluate(model, frames, statistics);
    const double own = evaluate(model.values, model.statistics, workspace).bce;
    EXPECT_NEAR(evaluate(moved.values, moved.statistics, workspace).bce, own, 1e-4 * own + 1e-6);
  }
}

TEST(Alignment, FindsThePermutationsOfACopy) {
  const Model model = trained("pat_lambda_50_1");
  Model copy = model;
  for (const UnitGroup& group : unit_groups(model.layout, model.file)) {
    std::vector<std::int32_t> order(16);
    for (std::size_t i = 0; i < 16; ++i) order[i] = static_cast<std::int32_t>((3 * i + 7) % 16);
    permute_units(group, order, copy);
  }
  const AlignmentReport report = align_units(model, copy);
  EXPECT_GT(report.distance_before, 1.0);
  EXPECT_EQ(report.distance_after, 0.0);
  EXPECT_EQ(copy.values, model.values);
  EXPECT_EQ(copy.statistics, model.statistics);
}

TEST(Alignment, BringsAnotherSeedNearerAndKeepsItsFunction) {
  const Model a = trained("ptt_1");
  Model b = trained("ptt_2");
  const Model before = b;
  const AlignmentReport report = align_units(a, b);
  EXPECT_LT(report.distance_after, report.distance_before);
  const FrameSet frames = beam_frames(1, 20, 14);
  PointEvaluator::Workspace workspace;
  const PointEvaluator evaluate(a, frames, Statistics::Running);
  const double own = evaluate(before.values, before.statistics, workspace).bce;
  EXPECT_NEAR(evaluate(b.values, b.statistics, workspace).bce, own, 1e-4 * own + 1e-6);
}

}  // namespace
}  // namespace difftrack::study
