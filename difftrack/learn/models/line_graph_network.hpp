// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "difftrack/learn/models/perceptrons.hpp"

namespace difftrack::learn {

/// A frame as the line-graph network sees it. Edges run in both directions: every kink is listed twice.
struct LineGraphTensors {
  torch::Tensor features;  ///< (segments, 8) float: edep deep, shallow [MeV], position deep, shallow [mm]
  torch::Tensor from;      ///< (edges) int64: segment that sends the message
  torch::Tensor to;        ///< (edges) int64: segment that receives it
  torch::Tensor theta;     ///< (edges) float: kink angle [rad]

  /// Copies on the device.
  LineGraphTensors to_device(const torch::Device& device) const {
    return {features.to(device), from.to(device), to.to(device), theta.to(device)};
  }
};

/// sin and cos of √θ·w_i, w_i = scale^(-2i/d), i = 0 … d/2 - 1, interleaved; shape (edges) → (edges, d).
torch::Tensor encode_angle(const torch::Tensor& theta, std::int64_t dimension = 128, double scale = 0.001);

/// The line-graph network in plain LibTorch (docs/method.md section 3), the reference that every faster path is
/// compared with and the one that has second derivatives. Source: Kortus, Keidel, Gauger, arXiv 2407.13420.
///
///   message(j → i) = R1([x_i, x_j, encoding(θ_ij)]),   m_i = max over j of message(j → i), 0 where none
///   logit_i = R2(O([x_i, m_i]))
struct LineGraphNetworkImpl : torch::nn::Module {
  static constexpr std::int64_t kFeatures = 8;
  static constexpr std::int64_t kEncoding = 128;

  /// With random weights.
  explicit LineGraphNetworkImpl(std::int64_t hidden = 16);
  /// Logit per segment, shape (segments).
  torch::Tensor forward(const LineGraphTensors& graph);

  std::int64_t hidden;
  RelationalMlp relational;  ///< R1: 144 → hidden
  ObjectMlp object;          ///< O: 8 + hidden → hidden
  RelationalMlp read_out;    ///< R2: hidden → 1
};
TORCH_MODULE(LineGraphNetwork);

}  // namespace difftrack::learn
