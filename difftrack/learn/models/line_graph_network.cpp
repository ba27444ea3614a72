// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/line_graph_network.hpp"

#include <cmath>

#include "difftrack/learn/ops/segment_max.hpp"

namespace difftrack::learn {

torch::Tensor encode_angle(const torch::Tensor& theta, std::int64_t dimension, double scale) {
  // exp(2i·(-ln scale / d)) in float32 for any dtype of θ: the rounding of the published code
  // (network/angle_encoding.hpp).
  const double rate = -std::log(scale) / static_cast<double>(dimension);
  const auto single = theta.options().dtype(torch::kFloat);
  const torch::Tensor frequency = (torch::arange(0, dimension, 2, single) * rate).exp().to(theta.scalar_type());
  const torch::Tensor phase = theta.sqrt().unsqueeze(1) * frequency;
  return torch::stack({phase.sin(), phase.cos()}, 2).flatten(1);
}

LineGraphNetworkImpl::LineGraphNetworkImpl(std::int64_t hidden_)
    : hidden(hidden_),
      relational(register_module("R1", RelationalMlp(2 * kFeatures + kEncoding, hidden, hidden))),
      object(register_module("O", ObjectMlp(kFeatures + hidden, hidden, hidden))),
      read_out(register_module("R2", RelationalMlp(hidden, 1, hidden))) {}

torch::Tensor LineGraphNetworkImpl::forward(const LineGraphTensors& graph) {
  const torch::Tensor& x = graph.features;
  torch::Tensor incoming = torch::zeros({x.size(0), hidden}, x.options());
  if (graph.theta.size(0) > 0) {
    const torch::Tensor messages = relational->forward(torch::cat(
        {x.index_select(0, graph.to), x.index_select(0, graph.from), encode_angle(graph.theta, kEncoding)}, 1));
    incoming = segment_max(messages, graph.to, x.size(0));
  }
  return read_out->forward(object->forward(torch::cat({x, incoming}, 1))).squeeze(1);
}

}  // namespace difftrack::learn
