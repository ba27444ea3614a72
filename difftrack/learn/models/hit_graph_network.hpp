// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "difftrack/learn/models/perceptrons.hpp"

namespace difftrack::learn {

/// A frame as the hit-graph network sees it. Edges are the segments, from the deep to the shallow hit.
struct HitGraphTensors {
  torch::Tensor hits;     ///< (hits, 4) float: relative cluster size, x and y from the beam spot [m], layer
  torch::Tensor from;     ///< (segments) int64: deep hit
  torch::Tensor to;       ///< (segments) int64: shallow hit
  torch::Tensor segment;  ///< (segments, 3) float: length ρ [mm], azimuth and polar angle [rad]

  /// Copies on the device.
  HitGraphTensors to_device(const torch::Device& device) const {
    return {hits.to(device), from.to(device), to.to(device), segment.to(device)};
  }
};

/// The ablation on the hit graph (docs/method.md section 3), in plain LibTorch. The published code applies the sigmoid
/// twice; here the output is the logit and the sigmoid is applied once.
///
///   message(s) = R1([x_to, x_from, e_s]),   x'_i = O([x_i, max of the messages that arrive at i, 0 where none])
///   logit(s) = R2([x'_to, x'_from, message(s)])
struct HitGraphNetworkImpl : torch::nn::Module {
  static constexpr std::int64_t kFeatures = 4;
  static constexpr std::int64_t kEdgeFeatures = 3;

  /// With random weights.
  explicit HitGraphNetworkImpl(std::int64_t hidden = 64);
  /// Logit per segment, shape (segments).
  torch::Tensor forward(const HitGraphTensors& graph);

  std::int64_t hidden;
  RelationalMlp relational;  ///< R1: 11 → hidden
  ObjectMlp object;          ///< O: 4 + hidden → hidden
  RelationalMlp read_out;    ///< R2: 3 hidden → 1
};
TORCH_MODULE(HitGraphNetwork);

}  // namespace difftrack::learn
