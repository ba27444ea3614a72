// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/line_graph_kernels.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/ops/group_losses.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "tests/learn/random_frame.hpp"
#include "tests/problems/gated.hpp"

namespace difftrack::learn {
namespace {

using network::BatchNormMode;

/// One row of the case table: every mode below runs on each.
struct Case {
  const char* name;
  std::int32_t tracks, layers;
  int hidden;
  bool gated = false;
};

class LineGraphOpTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    at::set_num_threads(1);
    network::Description description = network::published_line_graph(GetParam().hidden);
    if (GetParam().gated) description.kink_gate = -3.0;
    layout_ = network::parameter_layout(description);
    flat_ = initial_parameters(layout_, 5);
    core::RandomStream random(11, 0);
    for (float& x : flat_.values) x += static_cast<float>(0.05 * random.normal());
    for (float& x : flat_.statistics) x += static_cast<float>(0.2 * random.uniform());
    frame_ = random_frame(GetParam().tracks, GetParam().layers, 3);
    graph_ = graph::build_hit_graph(frame_);
    if (GetParam().gated) graph_ = problems::gated(std::move(graph_), 6);
    ASSERT_GT(graph_.n_kinks(), 0);
    truth_ = segment_truth(frame_, graph_, 2);
  }

  LogitLoss loss() const {
    return [this](const torch::Tensor& logits, const torch::Tensor&) {
      return bce_group_means(logits, truth_.labels, truth_.tracker).sum();
    };
  }

  network::ParameterLayout layout_;
  network::FlatParameters flat_;
  event::Frame frame_;
  graph::HitGraph graph_;
  SegmentTruth truth_;
};

TEST_P(LineGraphOpTest, LogitsInBothModesEqualThePlainComposition) {
  const torch::NoGradGuard no_grad;
  const auto kernel_frame = c10::make_intrusive<KernelFrame>();
  kernel_frame->load(frame_, graph_);
  for (const bool train : {false, true}) {
    GraphNetwork network(layout_.description);
    load_parameters(*network, flat_);
    network->to(torch::kDouble);
    network->train(train);
    const GraphTensors tensors = graph_tensors(layout_.description, frame_, graph_).to_type(torch::kDouble);
    const torch::Tensor logits = kernel_logits(torch::tensor(flat_.values), kernel_frame, layout_.description.hidden,
                                               train ? BatchNormMode::Frame : BatchNormMode::Running, flat_.statistics);
    const torch::Tensor expected = network->forward(tensors);
    const double scale = 1.0 + expected.abs().max().item<double>();
    EXPECT_LT((logits - expected).abs().max().item<double>(), 1e-3 * scale) << "train " << train;
    EXPECT_LT((logits - expected).abs().median().item<double>(), 2e-5 * scale) << "train " << train;
  }
}

TEST_P(LineGraphOpTest, LossGradientAndStatisticsEqualThePlainCompositionInDoublePrecision) {
  const FrameGradient fast = (*kernel_gradient(layout_))(flat_.values, frame_, graph_, loss());
  GraphNetwork network(layout_.description);
  load_parameters(*network, flat_);
  set_batch_norm_momentum(*network, 1.0);
  network->to(torch::kDouble);
  const GraphTensors tensors = graph_tensors(layout_.description, frame_, graph_).to_type(torch::kDouble);
  const torch::Tensor value = loss()(network->forward(tensors), {});
  EXPECT_NEAR(fast.loss, value.item<double>(), 1e-5 * value.item<double>());
  const torch::Tensor a = torch::tensor(fast.gradient);
  const torch::Tensor b =
      torch::tensor(flatten_like_parameters(*network, torch::autograd::grad({value}, network->parameters())));
  EXPECT_LT((a - b).norm().item<double>(), 5e-3 * b.norm().item<double>());
  const std::vector<float> statistics = flat_parameters(*network).statistics;
  for (std::size_t i = 0; i < statistics.size(); ++i)
    EXPECT_NEAR(fast.batch_statistics[i], statistics[i], 1e-4 * (1.0 + std::abs(static_cast<double>(statistics[i]))))
        << i;
}

TEST_P(LineGraphOpTest, GradientEqualsFiniteDifferencesInEvaluation) {
  const auto kernel_frame = c10::make_intrusive<KernelFrame>();
  kernel_frame->load(frame_, graph_);
  const torch::Tensor parameters = torch::tensor(flat_.values).requires_grad_();
  const auto value = [&](const torch::Tensor& at) {
    return loss()(kernel_logits(at, kernel_frame, layout_.description.hidden, BatchNormMode::Running, flat_.statistics),
                  {});
  };
  const torch::Tensor gradient = torch::autograd::grad({value(parameters)}, {parameters})[0];
  // Along the gradient, where the difference stands out of the rounding of float32.
  const torch::Tensor direction = gradient / gradient.norm();
  const double step = 1e-4;
  const torch::NoGradGuard no_grad;
  const double difference =
      (value(parameters + step * direction) - value(parameters - step * direction)).item<double>();
  EXPECT_NEAR(difference / (2 * step), gradient.norm().item<double>(), 0.02 * gradient.norm().item<double>());
}

TEST_P(LineGraphOpTest, ResultsDoNotDependOnTheNumberOfThreads) {
  const auto gradient = kernel_gradient(layout_);
  const auto run = [&](int threads) {
    std::vector<FrameGradient> results(8);
    core::parallel_for(8, threads, [&](std::int64_t i) {
      at::set_num_threads(1);
      results[static_cast<std::size_t>(i)] = (*gradient)(flat_.values, frame_, graph_, loss());
    });
    return results;
  };
  const auto one = run(1), three = run(3);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].loss, three[i].loss);
    EXPECT_EQ(one[i].gradient, three[i].gradient);
    EXPECT_EQ(one[i].batch_statistics, three[i].batch_statistics);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, LineGraphOpTest,
                         testing::Values(Case{"small", 4, 5, 16}, Case{"dense", 25, 9, 16}, Case{"wide32", 12, 7, 32},
                                         Case{"wide64", 12, 7, 64}, Case{"gated", 25, 9, 16, true},
                                         Case{"gated32", 12, 7, 32, true}),
                         [](const auto& test) { return test.param.name; });

TEST(KernelGradient, RefusesWhatHasNoKernels) {
  EXPECT_THROW(kernel_gradient(network::line_graph_layout(24)), core::InputError);
  EXPECT_THROW(kernel_gradient(network::hit_graph_layout(64)), core::InputError);
}

TEST(FrameGradient, OfAGatedNetworkNeedsAGatedGraphOnBothPaths) {
  network::Description description = network::published_line_graph(16);
  description.kink_gate = -3.0;
  const auto layout = network::parameter_layout(description);
  const event::Frame frame = random_frame(6, 6, 1);
  const graph::HitGraph open = graph::build_hit_graph(frame);
  const auto loss = [](const torch::Tensor& logits, const torch::Tensor&) { return logits.sum(); };
  const std::vector<float> parameters = initial_parameters(layout, 1).values;
  EXPECT_THROW((*kernel_gradient(layout))(parameters, frame, open, loss), core::InputError);
  EXPECT_THROW((*plain_gradient(layout, "cpu"))(parameters, frame, open, loss), core::InputError);
  EXPECT_NO_THROW((*kernel_gradient(layout))(parameters, frame, problems::gated(open, 1), loss));
}

}  // namespace
}  // namespace difftrack::learn
