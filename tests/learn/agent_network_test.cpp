// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "difftrack/learn/agent/graph_attention.hpp"
#include "difftrack/learn/agent/pointer_network.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

std::int64_t count(const torch::nn::Module& module) {
  std::int64_t all = 0;
  for (const torch::Tensor& each : module.parameters()) all += each.numel();
  return all;
}

const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

// Those of the published code.
TEST(AgentNetwork, HasThePublishedNumbersOfParameters) {
  AgentNetwork network(false, 1);
  EXPECT_EQ(count(network.pointer()), 504452);
  EXPECT_EQ(count(network.embedding()), 23936);
}

TEST(AgentNetwork, WeightsAreOrthogonalTimesAGainAndBiasesZero) {
  AgentNetwork network(false, 3), same(false, 3), other(false, 4);
  const auto weights = network.parameters(), again = same.parameters(), different = other.parameters();
  int matrices = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& [name, weight] = weights[i];
    EXPECT_TRUE(torch::equal(weight, again[i].second)) << name;
    if (name.ends_with("bias")) {
      EXPECT_EQ(weight.abs().max().item<float>(), 0.0F) << name;
    }
    if (weight.dim() != 2) continue;
    ++matrices;
    EXPECT_FALSE(torch::equal(weight, different[i].second)) << name;
    const torch::Tensor product = weight.size(0) < weight.size(1) ? weight.mm(weight.t()) : weight.t().mm(weight);
    const float gain2 = product[0][0].item<float>();
    EXPECT_GT(gain2, 0.0F) << name;
    EXPECT_LT(gain2, 1.0F) << name;
    EXPECT_LT((product / gain2 - torch::eye(product.size(0))).abs().max().item<float>(), 1e-4F) << name;
  }
  EXPECT_EQ(matrices, 9 + 4 + 3 * 3 + 4 + 3 * 6);
}

/// The layer of the embedding in LibTorch's words, dense: a score for every pair of hits, those without an edge at
/// -inf.
torch::Tensor plain_attention(const torch::Tensor& source, const torch::Tensor& target, const torch::Tensor& a,
                              const std::vector<std::int32_t>& group_begin) {
  const std::int64_t n = source.size(0);
  torch::Tensor absent = torch::ones({n, n}, torch::kBool);
  for (std::size_t g = 0; g + 1 < group_begin.size(); ++g)
    for (std::int64_t i = group_begin[g]; i < group_begin[g + 1]; ++i) {
      absent[i][i] = false;
      if (g + 2 < group_begin.size()) absent[i].slice(0, group_begin[g + 1], group_begin[g + 2]) = false;
    }
  const torch::Tensor z = torch::leaky_relu(source.unsqueeze(0) + target.unsqueeze(1), 0.2);
  return torch::softmax((z * a).sum(2).masked_fill(absent, -INFINITY), 1).mm(source);
}

TEST(GraphAttention, IsThatOfLibTorchWithItsGradients) {
  torch::manual_seed(5);
  const std::vector<std::int32_t> groups{0, 3, 4, 8, 10};
  const auto random = [](at::IntArrayRef shape) { return torch::randn(shape).requires_grad_(); };
  torch::Tensor source = random({10, 64}), target = random({10, 64}), a = random({1, 64});
  const torch::Tensor expected = plain_attention(source, target, a, groups), slope = torch::randn({10, 64});
  expected.backward(slope);
  const GraphAttention attention{groups, source.data_ptr<float>(), target.data_ptr<float>(), a.data_ptr<float>()};
  ASSERT_EQ(attention.n_weights(), 3U * 2U + 1U * 5U + 4U * 3U + 2U);
  std::vector<float> weights(attention.n_weights());
  torch::Tensor out = torch::empty({10, 64});
  attention.forward(weights.data(), out.data_ptr<float>());
  EXPECT_LT((out - expected).abs().max().item<float>(), 1e-5F);
  torch::Tensor ds = torch::zeros({10, 64}), dt = torch::zeros({10, 64}), da = torch::zeros({1, 64});
  attention.backward(weights.data(), slope.data_ptr<float>(), ds.data_ptr<float>(), dt.data_ptr<float>(),
                     da.data_ptr<float>());
  EXPECT_LT((ds - source.grad()).abs().max().item<float>(), 1e-4F);
  EXPECT_LT((dt - target.grad()).abs().max().item<float>(), 1e-4F);
  EXPECT_LT((da - a.grad()).abs().max().item<float>(), 1e-3F);
}

// The network's own use of it, by a finite difference of one weight of the first layer.
TEST(GraphAttention, GradientsReachTheFirstLayer) {
  AgentNetwork network(true, 1);
  const AgentFrame frame(random_frame(4, 5, 1), bergen());
  const torch::Tensor slope = torch::randn({20, 64});
  torch::Tensor weight = network.parameters().front().second;
  (network.embed(frame) * slope).sum().backward();
  const torch::NoGradGuard guard;
  std::int64_t place = weight.grad().abs().flatten().argmax().item<std::int64_t>();
  const std::int64_t row = place / weight.size(1), column = place % weight.size(1);
  constexpr double kStep = 1e-2;
  const auto at_shift = [&](double shift) {
    weight[row][column] += shift;
    const double value = (network.embed(frame) * slope).to(torch::kFloat64).sum().item<double>();
    weight[row][column] -= shift;
    return value;
  };
  const double difference = (at_shift(kStep) - at_shift(-kStep)) / (2.0 * kStep);
  const double gradient = weight.grad()[row][column].item<double>();
  EXPECT_NEAR(difference, gradient, 0.1 * std::abs(gradient)) << "of float32 numbers, on any number of threads";
  EXPECT_GT(std::abs(gradient), 1e-3);
}

TEST(AdditiveAttention, ScoresAsWrittenOut) {
  AdditiveAttention attention;
  const torch::NoGradGuard guard;
  for (auto& each : attention.named_parameters()) each.value().zero_();
  std::map<std::string, torch::Tensor> weights;
  for (auto& each : attention.named_parameters()) weights[each.key()] = each.value();
  weights.at("candidates.weight")[0][0] = 0.5;
  weights.at("candidates.bias")[0] = 0.1;
  weights.at("observation.weight")[0][1] = 2.0;
  weights.at("observation.bias")[1] = -0.3;
  weights.at("score.weight")[0][0] = 3.0;
  weights.at("score.weight")[0][1] = 1.0;
  weights.at("score.bias")[0] = 0.25;
  torch::Tensor h = torch::zeros({1, 2, 128}), o = torch::zeros({1, 128});
  h[0][0][0] = 1.0, h[0][1][0] = -1.0, o[0][1] = 0.2;
  const torch::Tensor found = attention.forward(h, o);
  EXPECT_NEAR(found[0][0].item<double>(), 3.0 * std::tanh(0.5 + 0.1 + 0.4) + std::tanh(-0.3) + 0.25, 1e-6);
  EXPECT_NEAR(found[0][1].item<double>(), 3.0 * std::tanh(-0.5 + 0.1 + 0.4) + std::tanh(-0.3) + 0.25, 1e-6);
}

// A kink at half the receptive field lies at place 50.5 of 101; the numbers are its sines and cosines.
TEST(SimilarityEncoding, PlacesKinksInTheReceptiveField) {
  const torch::Tensor cosine = torch::tensor({{1.0F, 0.8F, 0.2F}}), field = torch::tensor({0.2F});
  const torch::Tensor code = SimilarityEncoding::encode(cosine, field);
  ASSERT_EQ(code.sizes(), (std::vector<std::int64_t>{1, 3, 128}));
  const auto at = [&](std::int64_t candidate, std::int64_t column) {
    return code[0][candidate][column].item<double>();
  };
  for (std::int64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(at(0, 2 * i), 0.0);      // straight on
    EXPECT_EQ(at(0, 2 * i + 1), 1.0);  // straight on
  }
  EXPECT_NEAR(at(1, 0), 0.23237376, 1e-4);
  EXPECT_NEAR(at(1, 1), 0.97262656, 1e-4);
  EXPECT_NEAR(at(1, 2), -0.24846847, 1e-4);
  EXPECT_NEAR(at(1, 3), 0.96863998, 1e-4);
  EXPECT_NEAR(at(1, 126), 0.00583162, 1e-6);
  EXPECT_NEAR(at(2, 0), std::sin(101.0), 1e-5);  // beyond the field: its edge
}

TEST(SimilarityEncoding, TheFieldIsBetweenItsBounds) {
  SimilarityEncoding encoding;
  torch::manual_seed(1);
  const torch::Tensor h = torch::randn({5, 3, 128}), o = torch::randn({5, 128}), real = torch::ones({5, 3});
  const torch::NoGradGuard guard;
  const torch::Tensor field = encoding.receptive_field(h, o, real);
  EXPECT_GT(field.min().item<float>(), 0.0F);
  EXPECT_LT(field.max().item<float>(), 1.0F);
  for (auto& each : encoding.named_parameters())
    if (each.key() == "second.bias") each.value().fill_(-100.0);
  EXPECT_FLOAT_EQ(encoding.receptive_field(h, o, real).max().item<float>(), 1e-3F);
}

/// A walker's log policy and value alone, and beside one with twice as many candidates.
struct Pair {
  torch::Tensor alone, padded;
  double value_alone, value_padded;
};
Pair decide_pair(bool mask_padding) {
  event::Frame frame = random_frame(6, 5, 2);
  // Layers of 6 hits but the last, which has 3: a walker in layer 1 has half the candidates of one in layer 2.
  for (auto* column : {&frame.hits.x, &frame.hits.y, &frame.hits.z, &frame.hits.edep}) column->resize(27);
  frame.hits.layer.resize(27), frame.hits.cluster_size.resize(27), frame.hits.event.resize(27);
  frame.group_begin.back() = 27;
  AgentNetwork network(mask_padding, 7);
  const torch::NoGradGuard guard;
  const AgentFrame inputs(frame, bergen());
  const torch::Tensor embedding = network.embed(inputs);
  const AgentMove in_one{12, 18}, in_two{6, 12};
  const AgentDecisions alone = network.decide(inputs, embedding, observe(frame, std::vector<AgentMove>{in_one}));
  const AgentDecisions both = network.decide(inputs, embedding, observe(frame, std::vector<AgentMove>{in_one, in_two}));
  return {alone.log_policy[0], both.log_policy[0], alone.value[0].item<double>(), both.value[0].item<double>()};
}

TEST(PointerNetwork, MaskedPaddingChangesNothing) {
  const Pair pair = decide_pair(true);
  ASSERT_EQ(pair.alone.size(0), 3);
  ASSERT_EQ(pair.padded.size(0), 6);
  EXPECT_LT((pair.alone - pair.padded.slice(0, 0, 3)).abs().max().item<float>(), 1e-5F);
  EXPECT_NEAR(pair.value_alone, pair.value_padded, 1e-5);
}

// As published: what a walker decides depends on who else is asked. Padding is never chosen either way.
TEST(PointerNetwork, PaddingThatIsSeenChangesTheAnswer) {
  const Pair pair = decide_pair(false);
  EXPECT_GT((pair.alone - pair.padded.slice(0, 0, 3)).abs().max().item<float>(), 1e-4F);
  EXPECT_NEAR(pair.padded.exp().sum().item<double>(), 1.0, 1e-5);
  EXPECT_EQ(pair.padded.slice(0, 3).exp().max().item<float>(), 0.0F);
}

}  // namespace
}  // namespace difftrack::learn
