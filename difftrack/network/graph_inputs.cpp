// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/graph_inputs.hpp"

#include "difftrack/graph/features.hpp"
#include "difftrack/network/node_features.hpp"

namespace difftrack::network {

GraphInputs line_graph_inputs(std::vector<float> features, std::size_t n_segments, const graph::LineGraph& kinks) {
  GraphInputs inputs{n_segments, std::move(features), kinks.from, kinks.to, {}, kinks.theta};
  inputs.from.insert(inputs.from.end(), kinks.to.begin(), kinks.to.end());
  inputs.to.insert(inputs.to.end(), kinks.from.begin(), kinks.from.end());
  inputs.angle.insert(inputs.angle.end(), kinks.theta.begin(), kinks.theta.end());
  return inputs;
}

GraphInputs graph_inputs(const Description& description, const event::Frame& frame, const graph::HitGraph& graph) {
  check_kinks(description, graph);
  auto nodes = node_features(description, frame, graph);
  if (description.network == NetworkKind::LineGraph)
    return line_graph_inputs(std::move(nodes), graph.size(), graph::build_line_graph(graph));
  GraphInputs inputs{frame.hits.size(), std::move(nodes), graph.deep, graph.shallow, {}, {}};
  const auto directions = graph::direction_features(frame, graph);
  constexpr std::size_t kColumns = graph::kDirectionFeatures;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const float* direction = directions.data() + s * kColumns;
    inputs.plain.insert(inputs.plain.end(), direction, direction + 2);
    inputs.angle.push_back(direction[2]);
  }
  return inputs;
}

}  // namespace difftrack::network
