// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/network/reference/hit_graph.hpp"
#include "difftrack/network/reference/line_graph.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

using network::reference::BatchNormMode;

struct Case {
  network::NetworkKind kind;
  int hidden;
};

/// Modules of LibTorch against the torch-free double-precision reference, written independently of each other.
class NetworkTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    layout_ = GetParam().kind == network::NetworkKind::LineGraph ? network::line_graph_layout(GetParam().hidden)
                                                                 : network::hit_graph_layout(GetParam().hidden);
    flat_ = initial_parameters(layout_, 5);
    core::RandomStream random(11, 0);
    for (float& x : flat_.values) x += static_cast<float>(0.05 * random.normal());
    for (float& x : flat_.statistics) x += static_cast<float>(0.2 * random.uniform());
    frame_ = random_frame(12, 7, 3);
    graph_ = graph::build_hit_graph(frame_);
    ASSERT_GT(graph_.n_kinks(), 100);
  }

  bool line_graph() const { return GetParam().kind == network::NetworkKind::LineGraph; }

  std::vector<double> reference(const network::reference::Parameters& parameters, BatchNormMode mode,
                                std::vector<double>* statistics = nullptr) const {
    if (line_graph())
      return network::reference::line_graph_logits(layout_, parameters, mode, graph::segment_features(frame_, graph_),
                                                   graph::build_line_graph(graph_), statistics);
    return network::reference::hit_graph_logits(layout_, parameters, mode, graph::hit_features(frame_),
                                                graph::direction_features(frame_, graph_), graph_, statistics);
  }

  network::ParameterLayout layout_;
  network::FlatParameters flat_;
  event::Frame frame_;
  graph::HitGraph graph_;
};

TEST_P(NetworkTest, ParametersKeepTheOrderOfTheLayout) {
  const auto check = [&](torch::nn::Module& module) {
    load_parameters(module, flat_);
    const auto named = module.named_parameters();
    ASSERT_EQ(named.size(), layout_.parameters.size());
    for (std::size_t i = 0; i < named.size(); ++i) {
      EXPECT_EQ(named[i].key(), layout_.parameters[i].name);
      EXPECT_EQ(named[i].value().sizes().vec(), layout_.parameters[i].shape);
    }
    const auto back = flat_parameters(module);
    EXPECT_EQ(back.values, flat_.values);
    EXPECT_EQ(back.statistics, flat_.statistics);
  };
  if (line_graph())
    check(*LineGraphNetwork(layout_.hidden));
  else
    check(*HitGraphNetwork(layout_.hidden));
}

TEST_P(NetworkTest, LogitsAgreeWithTheReferenceInEvaluation) {
  torch::Tensor logits;
  if (line_graph()) {
    LineGraphNetwork network(layout_.hidden);
    load_parameters(*network, flat_);
    network->eval();
    logits = network->forward(line_graph_tensors(frame_, graph_));
  } else {
    HitGraphNetwork network(layout_.hidden);
    load_parameters(*network, flat_);
    network->eval();
    logits = network->forward(hit_graph_tensors(frame_, graph_));
  }
  const auto expected = reference(network::reference::Parameters::from(flat_), BatchNormMode::Running);
  ASSERT_EQ(logits.size(0), static_cast<std::int64_t>(expected.size()));
  for (std::size_t s = 0; s < expected.size(); ++s)
    EXPECT_NEAR(logits[static_cast<std::int64_t>(s)].item<double>(), expected[s], 1e-4 * (1.0 + std::abs(expected[s])));
}

TEST_P(NetworkTest, GradientAndStatisticsOfAFrameAgreeWithTheReference) {
  const std::size_t segments = graph_.size();
  std::vector<float> weights(segments);
  core::RandomStream random(2, 0);
  for (float& w : weights) w = static_cast<float>(random.normal() / std::sqrt(static_cast<double>(segments)));
  const auto loss = [&](const torch::Tensor& logits) { return (logits * torch::tensor(weights)).sum(); };
  const FrameGradient result = (*plain_gradient(layout_, "cpu"))(flat_.values, frame_, graph_, loss);

  const auto parameters = network::reference::Parameters::from(flat_);
  std::vector<double> statistics(layout_.n_statistics);
  const auto weighted = [&](const network::reference::Parameters& at, std::vector<double>* s) {
    const auto logits = reference(at, BatchNormMode::Frame, s);
    double sum = 0.0;
    for (std::size_t i = 0; i < segments; ++i) sum += double{weights[i]} * logits[i];
    return sum;
  };
  EXPECT_NEAR(result.loss, weighted(parameters, &statistics), 1e-3);
  for (std::size_t i = 0; i < statistics.size(); ++i)
    EXPECT_NEAR(result.batch_statistics[i], statistics[i], 1e-4 * (1.0 + std::abs(statistics[i]))) << i;

  // Central differences of the double-precision reference along random directions.
  for (std::uint64_t direction = 0; direction < 6; ++direction) {
    core::RandomStream along(7, direction);
    const double step = 1e-6;
    auto plus = parameters, minus = parameters;
    double expected = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < parameters.values.size(); ++i) {
      const double d = along.normal();
      plus.values[i] += step * d, minus.values[i] -= step * d;
      expected += d * double{result.gradient[i]};
      norm += double{result.gradient[i]} * double{result.gradient[i]};
    }
    const double difference = (weighted(plus, nullptr) - weighted(minus, nullptr)) / (2 * step);
    EXPECT_NEAR(expected, difference, 5e-3 * std::sqrt(norm)) << direction;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, NetworkTest,
                         testing::Values(Case{network::NetworkKind::LineGraph, 16},
                                         Case{network::NetworkKind::HitGraph, 16}),
                         [](const auto& test) {
                           return test.param.kind == network::NetworkKind::LineGraph ? "LineGraph" : "HitGraph";
                         });

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
  const auto loss = [](const torch::Tensor& logits) { return logits.sigmoid().mean(); };
  const FrameGradient cpu = (*plain_gradient(layout, "cpu"))(parameters, frame, graph, loss);
  const FrameGradient gpu = (*plain_gradient(layout, "cuda"))(parameters, frame, graph, loss);
  EXPECT_NEAR(cpu.loss, gpu.loss, 1e-5);
  const auto a = torch::tensor(cpu.gradient), b = torch::tensor(gpu.gradient);
  EXPECT_LT((a - b).norm().item<double>(), 1e-3 * a.norm().item<double>());
}

}  // namespace
}  // namespace difftrack::learn
