// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/line_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/graph/features.hpp"
#include "difftrack/network/angle_encoding.hpp"

namespace difftrack::network::reference {
namespace {

constexpr std::size_t kFeatures = graph::kSegmentFeatures;

struct Edge {
  std::size_t source, target;
  double theta;
};

/// Both directions of every kink, by source, then by target.
std::vector<Edge> directed_edges(const graph::LineGraph& kinks) {
  std::vector<Edge> edges;
  edges.reserve(2 * kinks.size());
  for (std::size_t k = 0; k < kinks.size(); ++k) {
    const auto from = static_cast<std::size_t>(kinks.from[k]), to = static_cast<std::size_t>(kinks.to[k]);
    edges.push_back({from, to, kinks.theta[k]});
    edges.push_back({to, from, kinks.theta[k]});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return a.source != b.source ? a.source < b.source : a.target < b.target;
  });
  return edges;
}

/// Rows [x_target, x_source, encoding] of edges [begin, end).
Matrix edge_rows(const std::vector<float>& features, const std::vector<Edge>& edges, std::size_t begin,
                 std::size_t end) {
  Matrix rows(end - begin, 2 * kFeatures + kEncoding);
  for (std::size_t e = begin; e < end; ++e) {
    double* row = rows.row(e - begin);
    row = std::copy_n(features.data() + edges[e].target * kFeatures, kFeatures, row);
    row = std::copy_n(features.data() + edges[e].source * kFeatures, kFeatures, row);
    encode_angle(edges[e].theta, row);
  }
  return rows;
}

}  // namespace

void encode_angle(double theta, double* encoding) {
  const auto& frequencies = encoding_frequencies();
  const double root = std::sqrt(theta);
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    encoding[2 * i] = std::sin(root * frequencies[i]);
    encoding[2 * i + 1] = std::cos(root * frequencies[i]);
  }
}

std::vector<double> line_graph_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                      const std::vector<float>& features, const graph::LineGraph& kinks,
                                      std::vector<double>* frame_statistics, Summation summation) {
  const std::size_t n = features.size() / kFeatures;
  const auto hidden = static_cast<std::size_t>(layout.hidden);
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  Matrix incoming(n, hidden);
  std::fill(incoming.values.begin(), incoming.values.end(), kNone);
  const auto edges = directed_edges(kinks);
  // With given statistics every edge stands alone, so a slice at a time bounds the memory.
  const std::size_t slice = mode == BatchNormMode::Frame ? std::max<std::size_t>(1, edges.size()) : 16384;
  for (std::size_t begin = 0; begin < edges.size(); begin += slice) {
    const std::size_t end = std::min(edges.size(), begin + slice);
    const Matrix messages =
        apply(layout.relational, parameters, mode, edge_rows(features, edges, begin, end), frame_statistics, summation);
    for (std::size_t e = begin; e < end; ++e)
      for (std::size_t c = 0; c < hidden; ++c) {
        double& maximum = incoming.row(edges[e].target)[c];
        maximum = std::max(maximum, messages.row(e - begin)[c]);
      }
  }
  Matrix nodes(n, kFeatures + hidden);
  for (std::size_t i = 0; i < n; ++i) {
    double* row = std::copy_n(features.data() + i * kFeatures, kFeatures, nodes.row(i));
    for (std::size_t c = 0; c < hidden; ++c) row[c] = incoming.row(i)[c] == kNone ? 0.0 : incoming.row(i)[c];
  }
  const Matrix updated = apply(layout.object, parameters, mode, std::move(nodes), frame_statistics, summation);
  return apply(layout.read_out, parameters, mode, updated, frame_statistics, summation).values;
}

}  // namespace difftrack::network::reference
