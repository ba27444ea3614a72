// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/assignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/ops/gradient_check.hpp"
#include "difftrack/learn/ops/group_losses.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

/// A frame with noisy scores: true segments tend to score higher.
class AssignmentTest : public testing::Test {
 protected:
  void SetUp() override {
    frame_ = random_frame(15, 8, 4);
    graph_ = graph::build_hit_graph(frame_);
    labels_ = graph::segment_labels(frame_, graph_);
    truth_ = segment_truth(frame_, graph_, 2);
    core::RandomStream random(9, 0);
    std::vector<float> scores;
    for (const auto label : labels_)
      scores.push_back(static_cast<float>(1.0 / (1.0 + std::exp(-(label != 0 ? 0.5 : -0.5) - random.normal()))));
    scores_ = torch::tensor(scores).requires_grad_();
  }

  assign::Segments segments() const {
    return {graph_.deep, graph_.shallow, graph_.pair_begin, static_cast<std::int32_t>(frame_.hits.size())};
  }

  /// The layer's gradient, checked against the interpolated loss; `spoil` changes one entry of it.
  GradientCheck check(assign::Convention convention, assign::AssignMode mode, double lambda, bool spoil = false) const {
    AssignmentOptions options;
    options.assign.mode = mode;
    options.estimator.blackbox.convention = convention;
    options.estimator.blackbox.lambda = lambda;
    const torch::Tensor assigned = assign_segments(scores_, segments(), options);
    const torch::Tensor loss = hamming_group_means(assigned, truth_.labels, truth_.tracker).sum() / 32;
    const auto gradients = torch::autograd::grad({loss}, {assigned, scores_});
    const auto values = [](const torch::Tensor& t) {
      return std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel());
    };
    std::vector<float> gradient = values(gradients[1]);
    if (spoil) {
      const auto largest = std::max_element(gradient.begin(), gradient.end(),
                                            [](float a, float b) { return std::abs(a) < std::abs(b); });
      *largest = -*largest;
    }
    const auto p = values(scores_.detach());
    return check_gradient(assign::assign_layers(segments(), p, options.assign), p, values(gradients[0]), gradient,
                          options.estimator.blackbox, {});
  }

  event::Frame frame_;
  graph::HitGraph graph_;
  std::vector<std::uint8_t> labels_;
  SegmentTruth truth_;
  torch::Tensor scores_;
};

TEST_F(AssignmentTest, GradientIsThatOfTheInterpolatedLossInBothConventionsForcedAndFree) {
  for (const auto mode : {assign::AssignMode::Forced, assign::AssignMode::Free}) {
    for (const double lambda : {0.05, 0.5}) {
      const GradientCheck result = check(assign::Convention::ScaleFree, mode, lambda);
      EXPECT_TRUE(result.agrees()) << core::name_of(mode) << ' ' << lambda << " worst " << result.worst();
      EXPECT_GT(result.nonzero, 0) << core::name_of(mode) << ' ' << lambda;
    }
    const GradientCheck result = check(assign::Convention::Published, mode, 3000.0);
    EXPECT_TRUE(result.agrees()) << core::name_of(mode) << " published, worst " << result.worst();
    EXPECT_GT(result.nonzero, 0);
  }
}

TEST_F(AssignmentTest, TheCheckFindsAWrongGradient) {
  EXPECT_FALSE(check(assign::Convention::ScaleFree, assign::AssignMode::Forced, 0.5, true).agrees());
  EXPECT_FALSE(check(assign::Convention::Published, assign::AssignMode::Forced, 3000.0, true).agrees());
}

TEST_F(AssignmentTest, MarginFavoursFalseSegmentsBeforeSolving) {
  AssignmentOptions options;
  options.labels = labels_;
  const auto loss = [&] {
    return hamming_group_means(assign_segments(scores_, segments(), options), truth_.labels, truth_.tracker)
        .sum()
        .item<double>();
  };
  const double without = loss();
  options.margin = 1.0;
  EXPECT_GT(loss(), without);
}

TEST_F(AssignmentTest, OwnLossesVanishOnlyForScoresThatWinWithTheTruth) {
  AssignmentOptions options;
  options.labels = labels_;
  options.assign.mode = assign::AssignMode::Free;
  options.estimator.estimator = assign::Estimator::SpoPlus;
  const torch::Tensor perfect = truth_.labels.clone().requires_grad_();
  EXPECT_NEAR(assignment_own_loss(perfect, segments(), options).item<double>(), 0.0, 1e-6);
  const torch::Tensor value = assignment_own_loss(scores_, segments(), options);
  EXPECT_GT(value.item<double>(), 0.0);
  EXPECT_GT(torch::autograd::grad({value}, {scores_})[0].norm().item<double>(), 0.0);
}

}  // namespace
}  // namespace difftrack::learn
