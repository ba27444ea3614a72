// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/graph_network.hpp"

#include <cmath>

#include "difftrack/learn/ops/aggregate.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

namespace {

/// [x_to, x_from, columns] of every edge.
torch::Tensor at_edges(const torch::Tensor& x, const GraphTensors& graph, const torch::Tensor& columns) {
  return torch::cat({x.index_select(0, graph.to), x.index_select(0, graph.from), columns}, 1);
}

}  // namespace

GraphTensors GraphTensors::to_device(const torch::Device& device) const {
  return {nodes.to(device), from.to(device), to.to(device), angle.to(device),
          plain.defined() ? plain.to(device) : plain};
}

GraphTensors GraphTensors::to_type(torch::ScalarType type) const {
  return {nodes.to(type), from, to, angle.to(type), plain.defined() ? plain.to(type) : plain};
}

torch::Tensor encode_angle(const torch::Tensor& theta, std::int64_t dimension, double scale) {
  // exp(2i·(-ln scale / d)) in float32 for any dtype of θ: the rounding of the published code
  // (network/angle_encoding.hpp).
  const double rate = -std::log(scale) / static_cast<double>(dimension);
  const auto single = theta.options().dtype(torch::kFloat);
  const torch::Tensor frequency = (torch::arange(0, dimension, 2, single) * rate).exp().to(theta.scalar_type());
  const torch::Tensor phase = theta.sqrt().unsqueeze(1) * frequency;
  return torch::stack({phase.sin(), phase.cos()}, 2).flatten(1);
}

GraphNetworkImpl::GraphNetworkImpl(const network::Description& network) {
  const network::ParameterLayout layout = network::parameter_layout(network);
  description = layout.description;
  const auto relational_of = [&](const network::PerceptronSlices& slices) {
    return register_module(slices.name, RelationalMlp(slices.linear[0].in, slices.linear[2].out, description.hidden));
  };
  for (const network::StepSlices& step : layout.steps) {
    relational.push_back(relational_of(step.relational));
    object.push_back(register_module(
        step.object.name, ObjectMlp(step.object.linear[0].in, step.object.linear[2].out, description.hidden)));
  }
  read_out = relational_of(layout.read_out);
  if (description.pair_width > 0)
    pair_head = register_module("P", PairMlp(layout.pair_head.hidden.in, description.pair_width));
}

torch::Tensor GraphNetworkImpl::edge_columns(const GraphTensors& graph) const {
  const std::int64_t dimension = 2 * std::int64_t{description.frequencies};
  const torch::Tensor angle =
      dimension == 0 ? graph.angle.unsqueeze(1) : encode_angle(graph.angle, dimension, description.encoding_scale);
  return graph.plain.defined() ? torch::cat({graph.plain, angle}, 1) : angle;
}

torch::Tensor GraphNetworkImpl::forward(const GraphTensors& graph) {
  const bool line_graph = description.network == network::NetworkKind::LineGraph;
  const bool edges = graph.from.size(0) > 0;
  torch::Tensor x = graph.nodes, columns, messages;
  if (!edges && !line_graph) return torch::zeros({0}, x.options());
  if (edges) columns = edge_columns(graph);
  for (std::size_t t = 0; t < relational.size(); ++t) {
    torch::Tensor incoming = torch::zeros({x.size(0), description.message_width}, x.options());
    if (edges) {
      messages = relational[t]->forward(at_edges(x, graph, columns));
      incoming = aggregate(description.aggregation, messages, graph.to, x.size(0));
    }
    x = object[t]->forward(torch::cat({x, incoming}, 1));
  }
  return read_out->forward(line_graph ? x : at_edges(x, graph, messages)).squeeze(1);
}

}  // namespace difftrack::learn
