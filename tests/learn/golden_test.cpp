// SPDX-License-Identifier: Apache-2.0
#include "tests/learn/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "difftrack/learn/ops/assignment.hpp"
#include "difftrack/learn/ops/group_losses.hpp"

namespace difftrack::learn {
namespace {

constexpr double kFramesPerStep = 32.0;

/// In training mode the golden values hold the float32 rounding of LibTorch 1.13's BatchNorm on one thread (see
/// GoldenFrame::line_graph); other versions sum in another order.
constexpr bool kSameRounding = TORCH_VERSION_MAJOR < 2;

/// Segments of a golden frame in the order that assignment asks for: by layer pair, deep hit, shallow hit.
struct SortedSegments {
  explicit SortedSegments(const GoldenFrame& golden) {
    const auto from = golden.values<std::int32_t>("segment_deep"), to = golden.values<std::int32_t>("segment_shallow");
    const auto layer = golden.values<std::int32_t>("hit_layer");
    for (std::size_t s = 0; s < from.size(); ++s) order.push_back(static_cast<std::int64_t>(s));
    const auto key = [&](std::int64_t s) {
      const auto i = static_cast<std::size_t>(s);
      return std::tuple(-layer[static_cast<std::size_t>(from[i])], from[i], to[i]);
    };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
    std::int32_t previous = -1;
    for (const std::int64_t s : order) {
      const std::int32_t l = layer[static_cast<std::size_t>(from[static_cast<std::size_t>(s)])];
      if (l != previous) pair_begin.push_back(static_cast<std::int32_t>(deep.size()));
      previous = l;
      deep.push_back(from[static_cast<std::size_t>(s)]);
      shallow.push_back(to[static_cast<std::size_t>(s)]);
    }
    pair_begin.push_back(static_cast<std::int32_t>(deep.size()));
    n_hits = static_cast<std::int32_t>(layer.size());
  }
  assign::Segments view() const { return {deep, shallow, pair_begin, n_hits}; }

  std::vector<std::int64_t> order;  ///< golden index of each segment
  std::vector<std::int32_t> deep, shallow, pair_begin;
  std::int32_t n_hits = 0;
};

using Case = std::tuple<std::string, std::string, std::string>;  // frame, weights, mode

class GoldenTest : public testing::TestWithParam<Case> {
 protected:
  GoldenTest()
      : golden_(std::get<0>(GetParam())), network_(GoldenFrame::network(weights(), mode())), truth_(golden_.truth()) {}
  void SetUp() override { at::set_num_threads(1); }

  static std::string weights() { return std::get<1>(GetParam()); }
  static std::string mode() { return std::get<2>(GetParam()); }
  static std::string key(const std::string& quantity) { return weights() + "_" + mode() + "_" + quantity; }

  static bool same_rounding() { return kSameRounding || mode() == "eval"; }
  static double logit_tolerance() { return same_rounding() ? 2e-4 : 3e-2; }
  /// In evaluation mode rounding moves a gradient only where two messages are nearly equal and the other one becomes
  /// the maximum: from double precision the golden gradients differ by 1e-6 to 1e-5, on water150_p100_trained by 4e-4,
  /// where LibTorch 2.7.1 chooses otherwise again (1.3e-3; single parameters 2e-3).
  static double gradient_tolerance() { return kSameRounding ? 1e-3 : mode() == "eval" ? 2e-3 : 5e-2; }
  static double parameter_tolerance() { return kSameRounding ? 1e-3 : 4e-3; }

  torch::Tensor logits() { return network_->forward(golden_.line_graph()); }

  /// Compares the gradients of all parameters with the expected ones, together and one by one. A gradient that is zero
  /// but for rounding (biases in front of a BatchNorm in training mode) is measured against the largest one.
  void expect_gradients(const torch::Tensor& loss, const std::string& quantity) {
    const auto gradients = torch::autograd::grad({loss}, network_->parameters());
    const auto named = network_->named_parameters();
    std::vector<torch::Tensor> own, expected;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      own.push_back(gradients[i].flatten());
      expected.push_back(golden_.tensor(key(quantity) + "/" + named[i].key()).flatten());
    }
    const torch::Tensor all = torch::cat(expected);
    EXPECT_LT(relative_difference(torch::cat(own), all), gradient_tolerance());
    if (!same_rounding()) return;
    const double floor = 1e-4 * all.norm().item<double>();
    for (std::size_t i = 0; i < own.size(); ++i) {
      const double difference = (own[i].to(torch::kDouble) - expected[i]).norm().item<double>();
      EXPECT_LT(difference, parameter_tolerance() * (expected[i].norm().item<double>() + floor)) << named[i].key();
    }
  }

  GoldenFrame golden_;
  GraphNetwork network_;
  SegmentTruth truth_;
};

TEST_P(GoldenTest, Logits) {
  const torch::NoGradGuard no_grad;
  EXPECT_LT((logits() - golden_.tensor(key("logits"))).abs().max().item<double>(), logit_tolerance());
}

TEST_P(GoldenTest, LogitsInDoublePrecisionDifferByRoundingAlone) {
  const torch::NoGradGuard no_grad;
  network_->to(torch::kDouble);
  const GraphTensors graph = golden_.line_graph().to_type(torch::kDouble);
  const torch::Tensor difference = (network_->forward(graph) - golden_.tensor(key("logits"))).abs();
  EXPECT_LT(difference.max().item<double>(), mode() == "eval" ? 2e-4 : 5e-2);
  EXPECT_LT(difference.median().item<double>(), 5e-4);
}

TEST_P(GoldenTest, BinaryCrossEntropy) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor bce = bce_group_means(logits(), truth_.labels, truth_.tracker);
  EXPECT_LT((bce - golden_.tensor(key("bce"))).abs().max().item<double>(), 1e-5);
}

TEST_P(GoldenTest, HammingLossOfThePublishedAssignment) {
  const torch::Tensor hamming =
      hamming_group_means(golden_.tensor(key("assigned")).to(torch::kDouble), truth_.labels.to(torch::kDouble),
                          truth_.tracker.to(torch::kDouble));
  EXPECT_LT((hamming - golden_.tensor(key("hamming"))).abs().max().item<double>(), 1e-7);
}

TEST_P(GoldenTest, ParameterGradientsOfBinaryCrossEntropy) {
  expect_gradients(bce_group_means(logits(), truth_.labels, truth_.tracker).sum() / kFramesPerStep, "bce_grad");
}

TEST_P(GoldenTest, ParameterGradientsThroughTheAssignment) {
  const torch::Tensor score_gradient = golden_.tensor(key("pat25_score_grad")).to(torch::kFloat);
  const bool empty = score_gradient.abs().max().item<float>() == 0.0F;
  const torch::Tensor loss = (logits().sigmoid() * score_gradient).sum();
  if (!empty) return expect_gradients(loss, "pat25_grad");
  // Trained weights may leave no entry (docs/method.md section 9): then every gradient is exactly zero.
  for (const torch::Tensor& gradient : torch::autograd::grad({loss}, network_->parameters()))
    EXPECT_EQ(gradient.abs().max().item<float>(), 0.0F);
}

TEST_P(GoldenTest, ScoreGradientOfTheAssignment) {
  const SortedSegments segments(golden_);
  const torch::Tensor order = torch::tensor(segments.order);
  const auto sorted = [&](const torch::Tensor& values) { return values.index_select(0, order); };
  const torch::Tensor scores = sorted(golden_.tensor(key("logits")).sigmoid().to(torch::kFloat)).requires_grad_();
  AssignmentOptions options;
  options.estimator.blackbox.convention = assign::Convention::Published;
  options.estimator.blackbox.lambda = 25.0;
  const torch::Tensor assigned = assign_segments(scores, segments.view(), options);
  const torch::Tensor expected = sorted(golden_.tensor(key("assigned"))).to(torch::kFloat);
  EXPECT_EQ(assigned.sum().item<float>(), expected.sum().item<float>());
  const double cost = ((1 - scores.detach().to(torch::kDouble)) * assigned).sum().item<double>();
  EXPECT_LE(cost, golden_.tensor(key("assignment_cost")).item<double>() + 1e-4);

  const torch::Tensor hamming = hamming_group_means(assigned, sorted(truth_.labels), sorted(truth_.tracker));
  if (assigned.detach().equal(expected)) {
    EXPECT_LT((hamming.detach() - golden_.tensor(key("hamming"))).abs().max().item<double>(), 1e-6);
  }
  const torch::Tensor gradient = torch::autograd::grad({hamming.sum() / kFramesPerStep}, {scores})[0];
  const torch::Tensor published = sorted(golden_.tensor(key("pat25_score_grad"))).to(torch::kFloat);
  EXPECT_GE((gradient == published).to(torch::kDouble).mean().item<double>(), 0.995);
}

INSTANTIATE_TEST_SUITE_P(Frames, GoldenTest,
                         testing::Combine(testing::Values("water100_p50", "water150_p100", "water200_p50"),
                                          testing::Values("trained", "fresh"), testing::Values("eval", "train")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param) + "_" +
                                  std::get<2>(test.param);
                         });

}  // namespace
}  // namespace difftrack::learn
