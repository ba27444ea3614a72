// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/hit_graph.hpp"

#include <algorithm>
#include <limits>

#include "difftrack/graph/features.hpp"

namespace difftrack::network::reference {

std::vector<double> hit_graph_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                     const std::vector<float>& hit_features, const std::vector<float>& directions,
                                     const graph::HitGraph& graph, std::vector<double>* frame_statistics) {
  constexpr std::size_t kNode = graph::kHitFeatures, kEdge = graph::kDirectionFeatures;
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  const std::size_t n_hits = hit_features.size() / kNode, n_segments = graph.size();
  const auto hidden = static_cast<std::size_t>(layout.hidden);

  Matrix edges(n_segments, 2 * kNode + kEdge);
  for (std::size_t s = 0; s < n_segments; ++s) {
    const auto to = static_cast<std::size_t>(graph.shallow[s]), from = static_cast<std::size_t>(graph.deep[s]);
    double* row = std::copy_n(hit_features.data() + to * kNode, kNode, edges.row(s));
    row = std::copy_n(hit_features.data() + from * kNode, kNode, row);
    std::copy_n(directions.data() + s * kEdge, kEdge, row);
  }
  const Matrix messages = apply(layout.relational, parameters, mode, std::move(edges), frame_statistics);

  Matrix incoming(n_hits, hidden);
  std::fill(incoming.values.begin(), incoming.values.end(), kNone);
  for (std::size_t s = 0; s < n_segments; ++s)
    for (std::size_t c = 0; c < hidden; ++c) {
      double& to = incoming.row(static_cast<std::size_t>(graph.shallow[s]))[c];
      to = std::max(to, messages.row(s)[c]);
    }
  Matrix nodes(n_hits, kNode + hidden);
  for (std::size_t h = 0; h < n_hits; ++h) {
    double* row = std::copy_n(hit_features.data() + h * kNode, kNode, nodes.row(h));
    for (std::size_t c = 0; c < hidden; ++c) row[c] = incoming.row(h)[c] == kNone ? 0.0 : incoming.row(h)[c];
  }
  const Matrix updated = apply(layout.object, parameters, mode, std::move(nodes), frame_statistics);

  Matrix rows(n_segments, 3 * hidden);
  for (std::size_t s = 0; s < n_segments; ++s) {
    double* row = std::copy_n(updated.row(static_cast<std::size_t>(graph.shallow[s])), hidden, rows.row(s));
    row = std::copy_n(updated.row(static_cast<std::size_t>(graph.deep[s])), hidden, row);
    std::copy_n(messages.row(s), hidden, row);
  }
  return apply(layout.read_out, parameters, mode, std::move(rows), frame_statistics).values;
}

}  // namespace difftrack::network::reference
