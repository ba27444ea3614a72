// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/pointer_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/random.hpp"
#include "difftrack/learn/agent/graph_attention.hpp"

namespace difftrack::learn {

namespace {

constexpr std::int64_t kObservation = kAgentNodeFeatures + kAgentEdgeFeatures;
constexpr std::int64_t kCandidate = kObservation + kAgentEmbeddingWidth;
constexpr std::int64_t kEmbeddingLayers = 3, kBlocks = 3;
constexpr double kSmallestField = 1e-3, kPlaces = 101.0, kLongestWave = 10000.0;
constexpr double kHidden = -std::numeric_limits<double>::infinity();

/// Values of any type as a tensor of a shape.
template <class Value>
torch::Tensor tensor_of(const std::vector<Value>& values, at::IntArrayRef shape, torch::ScalarType type) {
  return torch::from_blob(const_cast<Value*>(values.data()), shape, type).clone();
}

GraphAttention attention_of(const std::vector<std::int32_t>& group_begin, const torch::Tensor& source,
                            const torch::Tensor& target, const torch::Tensor& a) {
  return {group_begin, source.data_ptr<float>(), target.data_ptr<float>(), a.data_ptr<float>()};
}

/// GraphAttention under autograd; once differentiable.
class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& source,
                               const torch::Tensor& target, const torch::Tensor& a,
                               const std::vector<std::int32_t>& group_begin) {
    const GraphAttention attention = attention_of(group_begin, source, target, a);
    torch::Tensor weights = torch::empty({static_cast<std::int64_t>(attention.n_weights())});
    torch::Tensor out = torch::empty_like(source);
    attention.forward(weights.data_ptr<float>(), out.data_ptr<float>());
    context->save_for_backward({source, target, a, weights});
    context->saved_data["groups"] = std::vector<std::int64_t>(group_begin.begin(), group_begin.end());
    return out;
  }
  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const torch::autograd::tensor_list saved = context->get_saved_variables();
    const std::vector<std::int64_t> groups = context->saved_data["groups"].toIntVector();
    const std::vector<std::int32_t> group_begin(groups.begin(), groups.end());
    const torch::Tensor out = gradients.at(0).contiguous();
    torch::Tensor source = torch::zeros_like(saved.at(0)), target = torch::zeros_like(saved.at(1));
    torch::Tensor a = torch::zeros_like(saved.at(2));
    attention_of(group_begin, saved.at(0), saved.at(1), saved.at(2))
        .backward(saved.at(3).data_ptr<float>(), out.data_ptr<float>(), source.data_ptr<float>(),
                  target.data_ptr<float>(), a.data_ptr<float>());
    return {source, target, a, torch::Tensor()};
  }
};

torch::nn::LayerNorm layer_norm() { return torch::nn::LayerNorm(torch::nn::LayerNormOptions({kAgentWidth})); }

/// The row of sines and cosines' wave numbers, [64].
torch::Tensor wave_numbers() {
  return torch::exp(torch::arange(0, kAgentWidth, 2, torch::kFloat32) *
                    (-std::log(kLongestWave) / static_cast<double>(kAgentWidth)));
}

/// A matrix with orthonormal rows or columns, whichever are fewer.
torch::Tensor orthogonal(std::int64_t rows, std::int64_t columns, core::RandomStream& random) {
  torch::Tensor normal = torch::empty({std::max(rows, columns), std::min(rows, columns)}, torch::kFloat64);
  double* values = normal.data_ptr<double>();
  for (std::int64_t i = 0; i < normal.numel(); ++i) values[i] = random.normal();
  const auto [q, r] = torch::linalg_qr(normal);
  const torch::Tensor signed_q = q * torch::diagonal(r).sign();
  return rows < columns ? signed_q.t() : signed_q;
}

}  // namespace

AgentFrame::AgentFrame(const event::Frame& frame, const detector::Detector& detector) : group_begin(frame.group_begin) {
  nodes = tensor_of(agent_nodes(frame, detector), {static_cast<std::int64_t>(frame.hits.size()), kAgentNodeFeatures},
                    torch::kFloat32);
}

HitEmbedding::HitEmbedding() {
  for (std::int64_t layer = 0; layer < kEmbeddingLayers; ++layer) {
    const std::string name = "layer" + std::to_string(layer + 1) + "_";
    const std::int64_t in = layer == 0 ? kAgentNodeFeatures : kAgentEmbeddingWidth;
    source_.push_back(register_module(name + "source", torch::nn::Linear(in, kAgentEmbeddingWidth)));
    target_.push_back(register_module(name + "target", torch::nn::Linear(in, kAgentEmbeddingWidth)));
    attention_.push_back(register_parameter(name + "attention", torch::zeros({1, kAgentEmbeddingWidth})));
    bias_.push_back(register_parameter(name + "bias", torch::zeros({kAgentEmbeddingWidth})));
  }
}

torch::Tensor HitEmbedding::forward(const AgentFrame& frame) {
  torch::Tensor x = frame.nodes;
  for (std::size_t layer = 0; layer < source_.size(); ++layer)
    x = torch::relu(AttentionFunction::apply(source_[layer]->forward(x), target_[layer]->forward(x), attention_[layer],
                                             frame.group_begin) +
                    bias_[layer]);
  return x;
}

AdditiveAttention::AdditiveAttention()
    : candidates_(register_module("candidates", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      observation_(register_module("observation", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      score_(register_module("score", torch::nn::Linear(kAgentWidth, 1))) {}

torch::Tensor AdditiveAttention::forward(const torch::Tensor& h, const torch::Tensor& o) {
  return score_->forward(torch::tanh(candidates_->forward(h) + observation_->forward(o).unsqueeze(1))).squeeze(2);
}

SimilarityEncoding::SimilarityEncoding()
    : weights_(register_module("weights", std::make_shared<AdditiveAttention>())),
      candidates_(register_module("candidates", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      observation_(register_module("observation", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      first_(register_module("first", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      second_(register_module("second", torch::nn::Linear(kAgentWidth, 1))) {}

torch::Tensor SimilarityEncoding::receptive_field(const torch::Tensor& h, const torch::Tensor& o,
                                                  const torch::Tensor& real) {
  const torch::Tensor w = torch::softmax(weights_->forward(h, o).masked_fill(real == 0, kHidden), 1);
  // Σ w = 1 lets the sum stand before the linear maps.
  const torch::Tensor c = candidates_->forward(torch::bmm(w.unsqueeze(1), h).squeeze(1)) + observation_->forward(o);
  return torch::sigmoid(second_->forward(torch::relu(first_->forward(c))).squeeze(1)).clamp(kSmallestField, 1.0);
}

torch::Tensor SimilarityEncoding::encode(const torch::Tensor& cosine, const torch::Tensor& field) {
  const torch::Tensor bend = (1.0 - cosine) / 2.0;
  const torch::Tensor place = kPlaces * (bend / field.unsqueeze(1)).clamp(0.0, 1.0);
  const torch::Tensor phase = place.unsqueeze(2) * wave_numbers();
  return torch::stack({torch::sin(phase), torch::cos(phase)}, 3).flatten(2);
}

CandidateBlock::CandidateBlock()
    : query_(register_module("query", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      key_(register_module("key", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      value_(register_module("value", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      out_(register_module("out", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      first_(register_module("first", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      second_(register_module("second", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      before_(register_module("before", layer_norm())),
      between_(register_module("between", layer_norm())),
      after_(register_module("after", layer_norm())) {}

torch::Tensor CandidateBlock::forward(const torch::Tensor& h, const torch::Tensor& hidden) {
  torch::Tensor x = before_->forward(h);
  torch::Tensor scores =
      torch::bmm(query_->forward(x), key_->forward(x).transpose(1, 2)) / std::sqrt(static_cast<double>(kAgentWidth));
  if (hidden.defined()) scores = scores + hidden;
  x = between_->forward(x + out_->forward(torch::bmm(torch::softmax(scores, 2), value_->forward(x))));
  return after_->forward(x + second_->forward(torch::relu(first_->forward(x))));
}

PointerNetwork::PointerNetwork(bool mask_padding)
    : mask_padding_(mask_padding),
      observation1_(register_module("observation1", torch::nn::Linear(kObservation, kAgentWidth))),
      observation2_(register_module("observation2", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      candidate1_(register_module("candidate1", torch::nn::Linear(kCandidate, kAgentWidth))),
      candidate2_(register_module("candidate2", torch::nn::Linear(kAgentWidth, kAgentWidth))),
      similarity_(register_module("similarity", std::make_shared<SimilarityEncoding>())) {
  for (std::int64_t block = 1; block <= kBlocks; ++block)
    blocks_.push_back(register_module("block" + std::to_string(block), std::make_shared<CandidateBlock>()));
  policy_ = register_module("policy", std::make_shared<AdditiveAttention>());
  value_ = register_module("value", std::make_shared<AdditiveAttention>());
}

AgentDecisions PointerNetwork::forward(const torch::Tensor& observation, const torch::Tensor& candidates,
                                       const torch::Tensor& cosine, const torch::Tensor& real) {
  const torch::Tensor o = observation2_->forward(torch::relu(observation1_->forward(observation)));
  torch::Tensor h = candidate2_->forward(torch::relu(candidate1_->forward(candidates)));
  const torch::Tensor padding = real == 0;
  h = h + SimilarityEncoding::encode(cosine, similarity_->receptive_field(h, o, real));
  h = h * real.unsqueeze(2);
  torch::Tensor hidden;
  if (mask_padding_) hidden = torch::zeros_like(real).masked_fill(padding, kHidden).unsqueeze(1);
  for (const auto& block : blocks_) h = block->forward(h, hidden);
  const torch::Tensor scores = policy_->forward(h, o).masked_fill(padding, kHidden);
  return {torch::log_softmax(scores, 1), (value_->forward(h, o) * real).sum(1) / real.sum(1)};
}

AgentNetwork::AgentNetwork(bool mask_padding, std::uint64_t seed)
    : embedding_(std::make_shared<HitEmbedding>()), pointer_(std::make_shared<PointerNetwork>(mask_padding)) {
  shim::use_one_thread_per_operation();
  const torch::NoGradGuard guard;
  core::RandomStream random(seed, 0);
  for (auto& [name, weight] : parameters()) {
    if (weight.dim() == 2)
      weight.copy_(random.uniform() * orthogonal(weight.size(0), weight.size(1), random));
    else if (name.ends_with("bias"))
      weight.zero_();
  }
}

AgentDecisions AgentNetwork::decide(const AgentFrame& frame, const torch::Tensor& embedding,
                                    const AgentObservations& seen) {
  const std::int64_t n = seen.size, k = seen.candidates;
  const auto blob = [](const std::vector<float>& values, at::IntArrayRef shape) {
    return tensor_of(values, shape, torch::kFloat32);
  };
  const torch::Tensor at = tensor_of(seen.at, {n}, torch::kInt64);
  const torch::Tensor candidate = tensor_of(seen.candidate, {n * k}, torch::kInt64);
  const torch::Tensor real = blob(seen.real, {n, k});
  const torch::Tensor observation =
      torch::cat({frame.nodes.index_select(0, at), blob(seen.incoming, {n, kAgentEdgeFeatures})}, 1);
  const torch::Tensor hits = torch::cat({frame.nodes, embedding}, 1).index_select(0, candidate);
  const torch::Tensor candidates =
      torch::cat({hits, blob(seen.outgoing, {n * k, kAgentEdgeFeatures})}, 1).view({n, k, kCandidate});
  return pointer_->forward(observation, candidates * real.unsqueeze(2), blob(seen.cosine, {n, k}), real);
}

std::vector<std::pair<std::string, torch::Tensor>> AgentNetwork::parameters() const {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  const auto add = [&](const std::string& of, const torch::nn::Module& module) {
    for (const auto& each : module.named_parameters()) all.emplace_back(of + each.key(), each.value());
  };
  add("embedding.", *embedding_);
  add("pointer.", *pointer_);
  return all;
}

}  // namespace difftrack::learn
