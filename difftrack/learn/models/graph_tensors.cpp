// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/graph_tensors.hpp"

#include "difftrack/network/graph_inputs.hpp"
#include "difftrack/network/node_features.hpp"

namespace difftrack::learn {

namespace {

torch::Tensor matrix(const std::vector<float>& values, std::int64_t columns) {
  return torch::tensor(values).view({static_cast<std::int64_t>(values.size()) / columns, columns});
}

torch::Tensor indices(const std::vector<std::int32_t>& values) {
  return torch::tensor(values, torch::kInt).to(torch::kLong);
}

torch::Tensor zeros_and_ones(const std::vector<std::uint8_t>& values) {
  return torch::tensor(values, torch::kByte).to(torch::kFloat);
}

}  // namespace

GraphTensors graph_tensors(const network::Description& description, const event::Frame& frame,
                           const graph::HitGraph& graph) {
  const network::GraphInputs inputs = network::graph_inputs(description, frame, graph);
  const bool hit_graph = description.network == network::NetworkKind::HitGraph;
  return {matrix(inputs.nodes, network::node_columns(description)), indices(inputs.from), indices(inputs.to),
          torch::tensor(inputs.angle), hit_graph ? matrix(inputs.plain, 2) : torch::Tensor()};
}

SegmentTruth segment_truth(const event::Frame& frame, const graph::HitGraph& graph, std::int32_t n_tracker_layers) {
  return {zeros_and_ones(graph::segment_labels(frame, graph)),
          zeros_and_ones(graph::touches_tracker(frame, graph, n_tracker_layers))};
}

}  // namespace difftrack::learn
