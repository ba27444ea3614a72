// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/network/reference/network.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "tests/learn/random_frame.hpp"
#include "tests/network/descriptions.hpp"

namespace difftrack::learn {
namespace {

using network::BatchNormMode;
using Case = std::pair<std::string, network::Description>;

/// The LibTorch module against the torch-free general path, written independently of each other.
class NetworkTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    layout_ = network::parameter_layout(GetParam().second);
    flat_ = initial_parameters(layout_, 5);
    core::RandomStream random(11, 0);
    for (float& x : flat_.values) x += static_cast<float>(0.05 * random.normal());
    for (float& x : flat_.statistics) x += static_cast<float>(0.2 * random.uniform());
    frame_ = random_frame(12, 7, 3);
    graph_ = graph::build_hit_graph(frame_);
    inputs_ = network::graph_inputs(layout_.description, frame_, graph_);
    ASSERT_GT(graph_.n_kinks(), 100);
  }

  std::vector<double> general(const network::reference::Parameters& parameters, BatchNormMode mode,
                              std::vector<double>* statistics = nullptr) const {
    return network::reference::network_logits(layout_, parameters, mode, inputs_, statistics);
  }
  GraphTensors tensors() const { return graph_tensors(layout_.description, frame_, graph_); }

  network::ParameterLayout layout_;
  network::FlatParameters flat_;
  event::Frame frame_;
  graph::HitGraph graph_;
  network::GraphInputs inputs_;
};

TEST_P(NetworkTest, ParametersKeepTheOrderOfTheLayout) {
  GraphNetwork module(layout_.description);
  load_parameters(*module, flat_);
  const auto named = module->named_parameters();
  ASSERT_EQ(named.size(), layout_.parameters.size());
  for (std::size_t i = 0; i < named.size(); ++i) {
    EXPECT_EQ(named[i].key(), layout_.parameters[i].name);
    EXPECT_EQ(named[i].value().sizes().vec(), layout_.parameters[i].shape);
  }
  const auto back = flat_parameters(*module);
  EXPECT_EQ(back.values, flat_.values);
  EXPECT_EQ(back.statistics, flat_.statistics);
}

TEST_P(NetworkTest, LogitsAgreeWithTheGeneralPathInEvaluation) {
  const torch::NoGradGuard no_grad;
  GraphNetwork module(layout_.description);
  load_parameters(*module, flat_);
  module->eval();
  module->to(torch::kDouble);
  const torch::Tensor logits = module->forward(tensors().to_type(torch::kDouble));
  const auto expected = general(network::reference::Parameters::from(flat_), BatchNormMode::Running);
  ASSERT_EQ(logits.size(0), static_cast<std::int64_t>(expected.size()));
  const auto values = logits.accessor<double, 1>();
  for (std::size_t s = 0; s < expected.size(); ++s)
    EXPECT_NEAR(values[static_cast<std::int64_t>(s)], expected[s], 1e-4 * (1.0 + std::abs(expected[s])));

  // What a program scores with after reading the model's file.
  const network::SegmentScorer scorer(network::to_weights(flat_, layout_));
  network::SegmentScorer::Workspace workspace;
  const auto scored = scorer(frame_, graph_, workspace);
  ASSERT_EQ(scored.size(), expected.size());
  for (std::size_t s = 0; s < expected.size(); ++s)
    EXPECT_NEAR(scored[s], expected[s], 1e-3 * (1.0 + std::abs(expected[s])));
}

TEST_P(NetworkTest, FramesWithoutSegmentsOrKinks) {
  const torch::NoGradGuard no_grad;
  GraphNetwork module(layout_.description);
  load_parameters(*module, flat_);
  module->eval();
  for (const std::int32_t tracks : {0, 1}) {
    const event::Frame frame = random_frame(tracks, 2, 3);
    const graph::HitGraph graph = graph::build_hit_graph(frame);
    ASSERT_EQ(graph.n_kinks(), 0);
    const torch::Tensor logits = module->forward(graph_tensors(layout_.description, frame, graph));
    const auto expected =
        network::reference::network_logits(layout_, network::reference::Parameters::from(flat_), BatchNormMode::Running,
                                           network::graph_inputs(layout_.description, frame, graph));
    ASSERT_EQ(logits.size(0), static_cast<std::int64_t>(expected.size())) << tracks;
    for (std::size_t s = 0; s < expected.size(); ++s)
      EXPECT_NEAR(logits[static_cast<std::int64_t>(s)].item<double>(), expected[s], 1e-3 * (1 + std::abs(expected[s])));
  }
}

TEST_P(NetworkTest, GradientAndStatisticsOfAFrameAgreeWithTheGeneralPath) {
  const std::size_t segments = graph_.size();
  std::vector<float> weights(segments);
  core::RandomStream random(2, 0);
  for (float& w : weights) w = static_cast<float>(random.normal() / std::sqrt(static_cast<double>(segments)));
  const auto loss = [&](const torch::Tensor& logits, const torch::Tensor&) {
    return (logits * torch::tensor(weights)).sum();
  };
  const FrameGradient result = (*plain_gradient(layout_, "cpu"))(flat_.values, frame_, graph_, loss);

  const auto parameters = network::reference::Parameters::from(flat_);
  std::vector<double> statistics(layout_.n_statistics);
  const auto weighted = [&](const network::reference::Parameters& at, std::vector<double>* s) {
    const auto logits = general(at, BatchNormMode::Frame, s);
    double sum = 0.0;
    for (std::size_t i = 0; i < segments; ++i) sum += double{weights[i]} * logits[i];
    return sum;
  };
  // Float32 in LibTorch: each further step adds its rounding.
  const double loose = layout_.description.message_steps;
  EXPECT_NEAR(result.loss, weighted(parameters, &statistics), 1e-3 * loose);
  for (std::size_t i = 0; i < statistics.size(); ++i)
    EXPECT_NEAR(result.batch_statistics[i], statistics[i], 1e-4 * loose * (1.0 + std::abs(statistics[i]))) << i;

  // In double precision the module's gradient is that of the general path: central differences along random directions.
  GraphNetwork module(layout_.description);
  module->to(torch::kDouble);
  load_parameters(*module, flat_);
  const torch::Tensor value =
      (module->forward(tensors().to_type(torch::kDouble)) * torch::tensor(weights).to(torch::kDouble)).sum();
  const auto gradient = flatten_like_parameters(*module, torch::autograd::grad({value}, module->parameters()));
  double norm = 0.0, off = 0.0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    norm += double{gradient[i]} * double{gradient[i]};
    off += std::pow(double{gradient[i]} - double{result.gradient[i]}, 2);
  }
  for (std::uint64_t direction = 0; direction < 6; ++direction) {
    core::RandomStream along(7, direction);
    const double step = 1e-7;
    auto plus = parameters, minus = parameters;
    double expected = 0.0;
    for (std::size_t i = 0; i < parameters.values.size(); ++i) {
      const double d = along.normal();
      plus.values[i] += step * d, minus.values[i] -= step * d;
      expected += d * double{gradient[i]};
    }
    const double difference = (weighted(plus, nullptr) - weighted(minus, nullptr)) / (2 * step);
    EXPECT_NEAR(expected, difference, 1e-3 * std::sqrt(norm)) << direction;
  }
  // In float32 rounding decides between nearly equal messages, and the gradient jumps with that choice.
  EXPECT_LT(std::sqrt(off), 0.15 * std::sqrt(norm));
}

std::vector<Case> all_cases() {
  auto cases = network::odd_descriptions();
  cases.emplace_back("Published", network::published_line_graph());
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Networks, NetworkTest, testing::ValuesIn(all_cases()),
                         [](const auto& test) { return test.param.first; });

TEST(InitialParameters, AreAFunctionOfTheSeed) {
  const auto layout = network::line_graph_layout(16);
  EXPECT_EQ(layout.n_parameters, 4961U);
  EXPECT_EQ(initial_parameters(layout, 3).values, initial_parameters(layout, 3).values);
  EXPECT_NE(initial_parameters(layout, 3).values, initial_parameters(layout, 4).values);
}

TEST(PlainGradient, RunsOnCudaWhereThereIsOne) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this LibTorch has no usable CUDA device";
  const auto layout = network::line_graph_layout(16);
  const auto parameters = initial_parameters(layout, 1).values;
  const auto frame = random_frame(20, 8, 1);
  const auto graph = graph::build_hit_graph(frame);
  const auto loss = [](const torch::Tensor& logits, const torch::Tensor&) { return logits.sigmoid().mean(); };
  const FrameGradient cpu = (*plain_gradient(layout, "cpu"))(parameters, frame, graph, loss);
  const FrameGradient gpu = (*plain_gradient(layout, "cuda"))(parameters, frame, graph, loss);
  EXPECT_NEAR(cpu.loss, gpu.loss, 1e-5);
  const auto a = torch::tensor(cpu.gradient), b = torch::tensor(gpu.gradient);
  EXPECT_LT((a - b).norm().item<double>(), 1e-3 * a.norm().item<double>());
}

}  // namespace
}  // namespace difftrack::learn
