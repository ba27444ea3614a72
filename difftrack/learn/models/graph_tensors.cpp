// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/graph_tensors.hpp"

#include "difftrack/graph/features.hpp"
#include "difftrack/graph/line_graph.hpp"

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

LineGraphTensors line_graph_tensors(const event::Frame& frame, const graph::HitGraph& graph) {
  const graph::LineGraph kinks = graph::build_line_graph(graph);
  const torch::Tensor one = indices(kinks.from), other = indices(kinks.to), theta = torch::tensor(kinks.theta);
  return {matrix(graph::segment_features(frame, graph), graph::kSegmentFeatures), torch::cat({one, other}),
          torch::cat({other, one}), torch::cat({theta, theta})};
}

HitGraphTensors hit_graph_tensors(const event::Frame& frame, const graph::HitGraph& graph) {
  return {matrix(graph::hit_features(frame), graph::kHitFeatures), indices(graph.deep), indices(graph.shallow),
          matrix(graph::direction_features(frame, graph), graph::kDirectionFeatures)};
}

SegmentTruth segment_truth(const event::Frame& frame, const graph::HitGraph& graph, std::int32_t n_tracker_layers) {
  return {zeros_and_ones(graph::segment_labels(frame, graph)),
          zeros_and_ones(graph::touches_tracker(frame, graph, n_tracker_layers))};
}

}  // namespace difftrack::learn
