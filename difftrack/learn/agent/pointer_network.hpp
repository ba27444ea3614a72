// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/learn/agent/observation.hpp"
#include "difftrack/learn/torch_shim.hpp"

namespace difftrack::learn {

inline constexpr std::int64_t kAgentWidth = 128;  ///< of everything inside the pointer network

/// A frame as the network takes it.
struct AgentFrame {
  torch::Tensor nodes;                    ///< [hits, 53], agent_nodes()
  std::vector<std::int32_t> group_begin;  ///< event::Frame's

  /// Throws core::InputError as agent_nodes().
  AgentFrame(const event::Frame& frame, const detector::Detector& detector);
};

/// Three layers of GraphAttention (53 → 64 → 64 → 64), each x ↦ ReLU(attention(W_s x + b_s, W_t x + b_t) + b).
/// 23,936 parameters.
class HitEmbedding : public torch::nn::Module {
 public:
  HitEmbedding();
  /// [hits, 64].
  torch::Tensor forward(const AgentFrame& frame);

 private:
  std::vector<torch::nn::Linear> source_, target_;
  std::vector<torch::Tensor> attention_, bias_;
};

/// Additive attention (Bahdanau, Cho, Bengio, ICLR 2015): score of each candidate k,
///   att(h, o)_k = vᵀ tanh(W1 h_k + W2 o), all with biases.
class AdditiveAttention : public torch::nn::Module {
 public:
  AdditiveAttention();
  /// h [n, k, 128] and o [n, 128] give [n, k].
  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& o);

 private:
  torch::nn::Linear candidates_, observation_, score_;
};

/// Tells candidates by how little they bend the track, on a scale that is learnt for each state: the receptive field
///   q = clip(sigmoid(MLP(Σ_k w_k (W1' h_k + W2' h_o))), 1e-3, 1),   w = softmax_k att(h, h_o);
/// then s_k = (1 - cos_k) / 2 ≈ θ²/4 becomes a place z_k = 101 clip(s_k / q, 0, 1), and that sines and cosines:
///   enc_{2i} = sin(z_k 10000^(-2i/128)),   enc_{2i+1} = cos(the same).
class SimilarityEncoding : public torch::nn::Module {
 public:
  SimilarityEncoding();
  /// q, [n].
  torch::Tensor receptive_field(const torch::Tensor& h, const torch::Tensor& o, const torch::Tensor& real);
  /// The encoding of cosines [n, k] under receptive fields [n]: [n, k, 128].
  static torch::Tensor encode(const torch::Tensor& cosine, const torch::Tensor& field);

 private:
  std::shared_ptr<AdditiveAttention> weights_;
  torch::nn::Linear candidates_, observation_, first_, second_;
};

/// x = LN(h); x = LN(x + attention of candidates to candidates, one head); h = LN(x + MLP(x)).
class CandidateBlock : public torch::nn::Module {
 public:
  CandidateBlock();
  /// h [n, k, 128]. `hidden` [n, 1, k] is added to the attention's scores: -inf where a candidate is not to be seen.
  torch::Tensor forward(const torch::Tensor& h, const torch::Tensor& hidden);

 private:
  torch::nn::Linear query_, key_, value_, out_, first_, second_;
  torch::nn::LayerNorm before_, between_, after_;
};

/// What the network says of n walkers with up to k candidates each.
struct AgentDecisions {
  torch::Tensor log_policy;  ///< [n, k] of the candidates; -inf where there is padding
  torch::Tensor value;       ///< [n]
};

/// Policy and value from a walker's own observation and its candidates; 504,452 parameters. With `mask_padding` no
/// candidate sees padding; without, as published, padding takes part in the attention among candidates, so that the
/// answer depends on the other walkers of the batch. It is never chosen either way.
class PointerNetwork : public torch::nn::Module {
 public:
  /// With LibTorch's own random weights.
  explicit PointerNetwork(bool mask_padding);
  /// `observation` [n, 56], `candidates` [n, k, 120], `cosine` [n, k], `real` [n, k] (1, or 0 for padding).
  AgentDecisions forward(const torch::Tensor& observation, const torch::Tensor& candidates, const torch::Tensor& cosine,
                         const torch::Tensor& real);

 private:
  bool mask_padding_;
  torch::nn::Linear observation1_, observation2_, candidate1_, candidate2_;
  std::shared_ptr<SimilarityEncoding> similarity_;
  std::vector<std::shared_ptr<CandidateBlock>> blocks_;
  std::shared_ptr<AdditiveAttention> policy_, value_;
};

/// Both networks of the single agent.
///
/// Kortus, Keidel, Gauger, IEEE TPAMI 45 (2023) 15820. Weights are orthogonal with a gain drawn from (0, 1) for each
/// matrix, biases 0: a function of the seed alone.
class AgentNetwork {
 public:
  /// With weights of that seed; `mask_padding` as of PointerNetwork.
  AgentNetwork(bool mask_padding, std::uint64_t seed);

  /// [hits, 64].
  torch::Tensor embed(const AgentFrame& frame) { return embedding_->forward(frame); }
  /// What it says of walkers in that frame, with embed() of it.
  AgentDecisions decide(const AgentFrame& frame, const torch::Tensor& embedding, const AgentObservations& seen);

  /// All parameters, by their paths.
  std::vector<std::pair<std::string, torch::Tensor>> parameters() const;
  HitEmbedding& embedding() { return *embedding_; }
  PointerNetwork& pointer() { return *pointer_; }

 private:
  std::shared_ptr<HitEmbedding> embedding_;
  std::shared_ptr<PointerNetwork> pointer_;
};

}  // namespace difftrack::learn
