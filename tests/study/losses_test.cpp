// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/losses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/random.hpp"
#include "tests/problems/frames.hpp"
#include "tests/study/study_fixture.hpp"

namespace difftrack::study {
namespace {

std::vector<float> random_logits(std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  std::vector<float> logits(n);
  for (float& each : logits) each = static_cast<float>(2.0 * random.normal());
  return logits;
}

/// Slope against differences of the value, in a random direction.
void expect_slope(const LogitLoss& loss, const StudyFrame& frame, double step, double tolerance) {
  const std::vector<float> logits = random_logits(frame.size(), 1), way = random_logits(frame.size(), 2);
  std::vector<float> slope(frame.size()), unused(frame.size()), up = logits, down = logits;
  loss(frame, 0, logits, slope);
  double along = 0.0;
  for (std::size_t s = 0; s < logits.size(); ++s) {
    up[s] += static_cast<float>(step) * way[s];
    down[s] -= static_cast<float>(step) * way[s];
    along += static_cast<double>(slope[s]) * static_cast<double>(way[s]);
  }
  const double difference = (loss(frame, 0, up, unused) - loss(frame, 0, down, unused)) / (2.0 * step);
  EXPECT_NEAR(difference, along, tolerance * std::abs(along) + 1e-9);
}

TEST(Losses, SlopesAreThoseOfTheValues) {
  const FrameSet set = beam_frames(1, 15, 12);
  expect_slope(bce_loss(), set.frames[0], 1e-2, 1e-3);
  const auto factors = std::make_shared<std::vector<std::vector<float>>>();
  factors->push_back(random_logits(set.frames[0].size(), 9));
  expect_slope(surrogate_loss(factors), set.frames[0], 1e-2, 1e-3);
  // The noise of 200 samples makes the value nearly smooth.
  expect_slope(smooth_loss({.temperature = 0.3, .samples = 200}), set.frames[0], 2e-2, 0.05);
}

// Two straight tracks, every match exchanged: each true segment is missed, each false one taken.
TEST(Losses, TheCeilingIsReachedWhenEveryMatchIsWrong) {
  const auto detector = detector::read_detector("bergen-dtc");
  const StudyFrame frame = study_frame(problems::made_frame(problems::straight_tracks({0.0F, 1.0F}, 8)), detector);
  std::vector<float> right(frame.size()), wrong(frame.size());
  for (std::size_t s = 0; s < frame.size(); ++s) {
    right[s] = frame.labels[s] != 0 ? 5.0F : -5.0F;
    wrong[s] = -right[s];
  }
  const FrameLosses good = frame_losses(frame, right), bad = frame_losses(frame, wrong);
  EXPECT_EQ(good.hamming, 0.0);
  EXPECT_EQ(good.true_taken, good.true_all);
  EXPECT_GT(bad.ceiling, 0.0);
  EXPECT_DOUBLE_EQ(bad.hamming, bad.ceiling);
  EXPECT_EQ(bad.true_taken, 0);
  EXPECT_NEAR(good.bce, 2.0 * std::log1p(std::exp(-5.0)), 1e-6);
}

TEST(Losses, RatesArePooledAndLossesAveraged) {
  const std::vector<FrameLosses> frames{{1.0, 0.2, 0.6, 10, 9, 100, 1}, {3.0, 0.0, 0.4, 30, 30, 300, 3}};
  const PointLosses mean = mean_losses(frames);
  EXPECT_DOUBLE_EQ(mean.bce, 2.0);
  EXPECT_DOUBLE_EQ(mean.hamming, 0.1);
  EXPECT_DOUBLE_EQ(mean.ratio(), 0.2);
  EXPECT_DOUBLE_EQ(mean.tpr, 39.0 / 40.0);
  EXPECT_DOUBLE_EQ(mean.fpr, 4.0 / 400.0);
}

TEST(Losses, TheBlackboxFactorsOfATrainedNetworkAreNearlyAllZero) {
  const Model model = trained("pat_lambda_25_1");
  const FrameSet set = beam_frames(1, 60, 30);
  const PointEvaluator evaluate(model, set, Statistics::Running);
  PointEvaluator::Workspace workspace;
  const auto logits = evaluate.logits(set.frames[0], to_flat(model, model.values), Statistics::Running, workspace);
  const auto factors = blackbox_factors(set.frames[0], logits, 25.0);
  std::int64_t nonzero = 0;
  for (const float each : factors) nonzero += each != 0.0F;
  EXPECT_LT(nonzero, static_cast<std::int64_t>(factors.size() / 50));
}

}  // namespace
}  // namespace difftrack::study
