// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/line_graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/graph/features.hpp"

namespace difftrack::network::reference {
namespace {

constexpr std::size_t kFeatures = graph::kSegmentFeatures;

/// Rows [x_i, x_j, encoding] for kinks [begin, end): row 2k is from → to, row 2k + 1 is to → from.
Matrix edge_rows(const std::vector<float>& features, const graph::LineGraph& kinks, std::size_t begin, std::size_t end) {
  Matrix rows(2 * (end - begin), 2 * kFeatures + kEncoding);
  for (std::size_t k = begin; k < end; ++k) {
    double* first = rows.row(2 * (k - begin));
    double* second = rows.row(2 * (k - begin) + 1);
    const float* from = features.data() + static_cast<std::size_t>(kinks.from[k]) * kFeatures;
    const float* to = features.data() + static_cast<std::size_t>(kinks.to[k]) * kFeatures;
    std::copy(to, to + kFeatures, first);
    std::copy(from, from + kFeatures, first + kFeatures);
    std::copy(from, from + kFeatures, second);
    std::copy(to, to + kFeatures, second + kFeatures);
    encode_angle(kinks.theta[k], first + 2 * kFeatures);
    std::copy(first + 2 * kFeatures, first + 2 * kFeatures + kEncoding, second + 2 * kFeatures);
  }
  return rows;
}

}  // namespace

void encode_angle(double theta, double* encoding) {
  const double root = std::sqrt(theta);
  for (int i = 0; i < kEncoding / 2; ++i) {
    const double phase = root * std::pow(0.001, -2.0 * i / kEncoding);
    encoding[2 * i] = std::sin(phase);
    encoding[2 * i + 1] = std::cos(phase);
  }
}

std::vector<double> line_graph_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                      const std::vector<float>& features, const graph::LineGraph& kinks,
                                      std::vector<double>* frame_statistics) {
  const std::size_t n = features.size() / kFeatures;
  const auto hidden = static_cast<std::size_t>(layout.hidden);
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  Matrix incoming(n, hidden);
  std::fill(incoming.values.begin(), incoming.values.end(), kNone);
  // With running statistics every edge stands alone, so a slice at a time bounds the memory.
  const std::size_t slice = mode == BatchNormMode::Running ? 8192 : std::max<std::size_t>(1, kinks.size());
  for (std::size_t begin = 0; begin < kinks.size(); begin += slice) {
    const std::size_t end = std::min(kinks.size(), begin + slice);
    const Matrix messages =
        apply(layout.relational, parameters, mode, edge_rows(features, kinks, begin, end), frame_statistics);
    for (std::size_t k = begin; k < end; ++k)
      for (std::size_t c = 0; c < hidden; ++c) {
        double& to = incoming.row(static_cast<std::size_t>(kinks.to[k]))[c];
        double& from = incoming.row(static_cast<std::size_t>(kinks.from[k]))[c];
        to = std::max(to, messages.row(2 * (k - begin))[c]);
        from = std::max(from, messages.row(2 * (k - begin) + 1)[c]);
      }
  }
  Matrix nodes(n, kFeatures + hidden);
  for (std::size_t i = 0; i < n; ++i) {
    std::copy_n(features.data() + i * kFeatures, kFeatures, nodes.row(i));
    for (std::size_t c = 0; c < hidden; ++c)
      nodes.row(i)[kFeatures + c] = incoming.row(i)[c] == kNone ? 0.0 : incoming.row(i)[c];
  }
  const Matrix updated = apply(layout.object, parameters, mode, std::move(nodes), frame_statistics);
  return apply(layout.read_out, parameters, mode, updated, frame_statistics).values;
}

}  // namespace difftrack::network::reference
