// SPDX-License-Identifier: Apache-2.0
// The same kernels on every SIMD target of this machine: logits and gradients must agree.
#include "difftrack/core/simd_targets.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "difftrack/network/scorer/pair_scores.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/gated.hpp"

namespace difftrack::network {
namespace {

/// Lets the kernels use only `target` (and the baseline) while it lives.
class OnlyTarget {
 public:
  explicit OnlyTarget(std::int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
  ~OnlyTarget() {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

struct Outcome {
  std::vector<float> logits, training_logits, gradient, pair_scores;
};

Outcome compute(const std::tuple<int, bool>& hidden_and_gate, const event::Frame& frame) {
  const auto [hidden, gated] = hidden_and_gate;
  const auto layout = line_graph_layout(hidden);
  const auto flat = random_parameters(layout, 47);
  auto graph = graph::build_hit_graph(frame);
  if (gated) graph = problems::gated(std::move(graph), 8);
  const auto features = graph::segment_features(frame, graph);
  const auto view = kernels::line_graph_view(graph, features);
  Outcome outcome{std::vector<float>(graph.size()),
                  std::vector<float>(graph.size()),
                  std::vector<float>(layout.n_parameters, 0.0F),
                  {}};
  kernels::InferenceWorkspace scratch;
  kernels::fused_logits(kernels::fold_line_graph(layout, flat), view, scratch, outcome.logits);
  kernels::TrainingWorkspace workspace;
  kernels::training_forward(hidden, flat.values, {}, view, BatchNormMode::Frame, workspace, outcome.training_logits);
  kernels::training_backward(hidden, flat.values, view, workspace, outcome.training_logits, outcome.gradient);
  const std::vector<float> numbers(pair_head_size(hidden), 0.1F);
  outcome.pair_scores = pair_scores({hidden, numbers}, std::span(features).first(5 * kPairColumns));
  return outcome;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = a.size() == b.size() ? 0.0 : 1e300;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return worst;
}

/// Hidden width, and whether the graph is gated.
class SimdTargets : public testing::TestWithParam<std::tuple<int, bool>> {};
INSTANTIATE_TEST_SUITE_P(HiddenAndGate, SimdTargets, testing::Combine(testing::Values(16, 32, 64), testing::Bool()));

TEST_P(SimdTargets, Agree) {
  const std::int64_t supported = hwy::SupportedTargets();
  if (!(supported & HWY_AVX2)) GTEST_SKIP() << "this machine has no AVX2";
  const auto frame = problems::beam_frame(13, 30);
  const auto baseline = [&] {
    const OnlyTarget only(HWY_EMU128);
    return compute(GetParam(), frame);
  }();
  const auto avx2 = [&] {
    const OnlyTarget only(HWY_AVX2);
    return compute(GetParam(), frame);
  }();
  EXPECT_LT(largest_difference(baseline.logits, avx2.logits), 1e-4);
  EXPECT_LT(largest_difference(baseline.training_logits, avx2.training_logits), 3e-4);
  for (std::size_t r = 0; r < avx2.pair_scores.size(); ++r)
    EXPECT_NEAR(baseline.pair_scores.at(r) / avx2.pair_scores[r], 1.0F, 1e-5F);
  EXPECT_NE(baseline.logits, avx2.logits) << "the same bits without fused multiply-add: was the target switched?";
  if (!(supported & HWY_AVX3)) GTEST_SKIP() << "this machine has no AVX-512";
  const auto avx3 = [&] {
    const OnlyTarget only(HWY_AVX3);
    return compute(GetParam(), frame);
  }();
  // Lanes are channels, so each channel sees the same operations in the same order on both.
  EXPECT_EQ(avx2.logits, avx3.logits);
  EXPECT_EQ(avx2.pair_scores, avx3.pair_scores);
  EXPECT_LT(largest_difference(avx2.training_logits, avx3.training_logits), 1e-4);
  double norm = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < avx2.gradient.size(); ++i) {
    norm += double{avx3.gradient[i]} * avx3.gradient[i];
    difference += std::pow(double{avx3.gradient[i]} - avx2.gradient[i], 2);
  }
  EXPECT_LT(std::sqrt(difference / norm), 1e-3);
}

TEST(SegmentScorer, SameBytesForAnyNumberOfThreadsAndEitherWorkspace) {
  const auto layout = line_graph_layout(16);
  const SegmentScorer scorer(to_weights(random_parameters(layout, 3), layout));
  constexpr int kFrames = 7;
  const auto run = [&](int threads) {
    std::vector<std::vector<float>> logits(kFrames);
    std::vector<SegmentScorer::Workspace> workspaces(static_cast<std::size_t>(threads));
    core::parallel_for_with_thread(kFrames, threads, [&](std::int64_t i, int thread) {
      const auto frame = problems::beam_frame(static_cast<std::uint64_t>(i), static_cast<std::int32_t>(60 - 8 * i));
      logits[static_cast<std::size_t>(i)] =
          scorer(frame, graph::build_hit_graph(frame), workspaces[static_cast<std::size_t>(thread)]);
    });
    return logits;
  };
  const auto one = run(1);
  EXPECT_EQ(one, run(2));
  EXPECT_EQ(one, run(4));
}

TEST(SegmentScorer, AGatedNetworkIsScoredOnGatedGraphsAloneTheSameByBothPaths) {
  const auto frame = problems::beam_frame(4, 25);
  const auto open = graph::build_hit_graph(frame), gated = problems::gated(open, 4);
  SegmentScorer::Workspace workspace;
  auto description = published_line_graph(16);
  const auto published = parameter_layout(description);
  description.kink_gate = -3.0;
  const auto layout = parameter_layout(description);
  EXPECT_EQ(layout.n_parameters, published.n_parameters);
  const auto weights = to_weights(random_parameters(layout, 3), layout);
  const SegmentScorer scorer(weights);
  EXPECT_EQ(scorer.implementation(), "kernels");
  EXPECT_EQ(scorer.description().kink_gate, -3.0);
  const SegmentScorer reference(weights, "model", SegmentScorer::Path::Reference);
  const auto logits = scorer(frame, gated, workspace);
  EXPECT_LT(largest_difference(logits, reference(frame, gated, workspace)), 1e-4);
  const SegmentScorer ungated(to_weights(random_parameters(published, 3), published));
  EXPECT_GT(largest_difference(logits, ungated(frame, open, workspace)), 1e-3);
  EXPECT_THROW(scorer(frame, open, workspace), core::InputError);
  EXPECT_THROW(reference(frame, open, workspace), core::InputError);
  EXPECT_THROW(ungated(frame, gated, workspace), core::InputError);
  EXPECT_TRUE(scorer(event::Frame{}, graph::HitGraph{}, workspace).empty());
}

TEST(SegmentScorer, FastAndReferenceAgreeAndTheHitGraphNetworkRuns) {
  const auto frame = problems::beam_frame(4, 25);
  const auto graph = graph::build_hit_graph(frame);
  SegmentScorer::Workspace workspace;
  for (const int hidden : {16, 24}) {  // 24 has no kernels: the reference steps in
    const auto layout = line_graph_layout(hidden);
    const auto weights = to_weights(random_parameters(layout, 3), layout);
    const auto fast = SegmentScorer(weights)(frame, graph, workspace);
    const auto plain = SegmentScorer(weights, "model", SegmentScorer::Path::Reference)(frame, graph, workspace);
    EXPECT_LT(largest_difference(fast, plain), 1e-4);
  }
  const auto layout = hit_graph_layout(64);
  const auto logits = SegmentScorer(to_weights(random_parameters(layout, 3), layout))(frame, graph, workspace);
  ASSERT_EQ(logits.size(), graph.size());
  EXPECT_TRUE(std::all_of(logits.begin(), logits.end(), [](float l) { return std::isfinite(l); }));
  EXPECT_TRUE(
      SegmentScorer(to_weights(random_parameters(layout, 3), layout))(event::Frame{}, graph::HitGraph{}, workspace)
          .empty());
}

}  // namespace
}  // namespace difftrack::network
