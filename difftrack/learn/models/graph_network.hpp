// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <vector>

#include "difftrack/learn/models/perceptrons.hpp"
#include "difftrack/network/description.hpp"

namespace difftrack::learn {

/// A frame as a described network sees it (network/graph_inputs.hpp): nodes are segments or hits, edges are kinks in
/// both directions or segments.
struct GraphTensors {
  torch::Tensor nodes;  ///< (nodes, columns) float: what Description::features names
  torch::Tensor from;   ///< (edges) int64: node that sends the message
  torch::Tensor to;     ///< (edges) int64: node that receives it
  torch::Tensor angle;  ///< (edges) float: kink angle, or polar angle of the segment [rad]
  torch::Tensor plain;  ///< (edges, 2) float: length [mm], azimuth [rad] of the segment; undefined on the line graph

  /// Copies on the device.
  GraphTensors to_device(const torch::Device& device) const;
  /// Features and angles in another floating type.
  GraphTensors to_type(torch::ScalarType type) const;
};

/// sin and cos of √θ·w_i, w_i = scale^(-2i/d), i = 0 … d/2 - 1, interleaved; shape (edges) → (edges, d).
torch::Tensor encode_angle(const torch::Tensor& theta, std::int64_t dimension = 128, double scale = 0.001);

/// Any described network in plain LibTorch (network/description.hpp has its equations): the reference that every faster
/// path is compared with, the one that trains networks without kernels, and the one that has second derivatives.
/// Parameters have the names and the order of network::ParameterLayout. On the hit graph the published code applies the
/// sigmoid twice; here the output is the logit and the sigmoid is applied once.
struct GraphNetworkImpl : torch::nn::Module {
  /// With random weights. Throws InputError for a bad description.
  explicit GraphNetworkImpl(const network::Description& network = {});
  /// Logit per segment, shape (segments).
  torch::Tensor forward(const GraphTensors& graph);

  network::Description description;       ///< everything said
  std::vector<RelationalMlp> relational;  ///< R1, R1_2, …: one per step of message passing
  std::vector<ObjectMlp> object;          ///< O, O_2, …
  RelationalMlp read_out{nullptr};        ///< R2
  PairMlp pair_head{nullptr};             ///< P, which forward() does not use; empty where there is none

 private:
  torch::Tensor edge_columns(const GraphTensors& graph) const;
};
TORCH_MODULE(GraphNetwork);

}  // namespace difftrack::learn
