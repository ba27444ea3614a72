// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace difftrack::learn {

/// The two multi-layer perceptrons of the method (docs/method.md section 3). BatchNorm with eps 1e-5 and momentum 0.1
/// runs over the rows (nodes or edges) of one frame, LeakyReLU has slope 0.01. In training mode the input needs two
/// rows. Parameter paths are `layers.K.weight` … with K the place in the list.

/// BN(in) Linear(in, h) LReLU BN(h) Linear(h, h) LReLU BN(h) Linear(h, out).
struct RelationalMlpImpl : torch::nn::Module {
  /// (rows, in) → (rows, out).
  RelationalMlpImpl(std::int64_t in, std::int64_t out, std::int64_t hidden);
  torch::Tensor forward(const torch::Tensor& rows) { return layers->forward(rows); }
  torch::nn::Sequential layers;
};
TORCH_MODULE(RelationalMlp);

/// A relational one followed by LReLU BN(out).
struct ObjectMlpImpl : torch::nn::Module {
  /// (rows, in) → (rows, out).
  ObjectMlpImpl(std::int64_t in, std::int64_t out, std::int64_t hidden);
  torch::Tensor forward(const torch::Tensor& rows) { return layers->forward(rows); }
  torch::nn::Sequential layers;
};
TORCH_MODULE(ObjectMlp);

/// Linear LReLU Linear: the pair head of a policy (network/pair_head.hpp), (pairs, columns) → (pairs, 1).
struct PairMlpImpl : torch::nn::Module {
  /// (pairs, in) → (pairs, 1).
  PairMlpImpl(std::int64_t in, std::int64_t hidden);
  torch::Tensor forward(const torch::Tensor& pairs) { return layers->forward(pairs); }
  torch::nn::Sequential layers;
};
TORCH_MODULE(PairMlp);

}  // namespace difftrack::learn
