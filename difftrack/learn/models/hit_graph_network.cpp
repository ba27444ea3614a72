// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/hit_graph_network.hpp"

#include "difftrack/learn/ops/segment_max.hpp"

namespace difftrack::learn {

HitGraphNetworkImpl::HitGraphNetworkImpl(std::int64_t hidden_)
    : hidden(hidden_),
      relational(register_module("R1", RelationalMlp(2 * kFeatures + kEdgeFeatures, hidden, hidden))),
      object(register_module("O", ObjectMlp(kFeatures + hidden, hidden, hidden))),
      read_out(register_module("R2", RelationalMlp(3 * hidden, 1, hidden))) {}

torch::Tensor HitGraphNetworkImpl::forward(const HitGraphTensors& graph) {
  const torch::Tensor& x = graph.hits;
  if (graph.from.size(0) == 0) return torch::zeros({0}, x.options());
  const torch::Tensor messages =
      relational->forward(torch::cat({x.index_select(0, graph.to), x.index_select(0, graph.from), graph.segment}, 1));
  const torch::Tensor updated = object->forward(torch::cat({x, segment_max(messages, graph.to, x.size(0))}, 1));
  return read_out
      ->forward(torch::cat({updated.index_select(0, graph.to), updated.index_select(0, graph.from), messages}, 1))
      .squeeze(1);
}

}  // namespace difftrack::learn
