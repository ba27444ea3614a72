// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/network/angle_encoding.hpp"

namespace difftrack::network::reference {
namespace {

/// Messages on their way to one row per node.
class Aggregated {
 public:
  Aggregated(Aggregation how, std::size_t nodes, std::size_t width) : how_(how), rows_(nodes, width), count_(nodes) {
    if (how_ == Aggregation::Max)
      std::fill(rows_.values.begin(), rows_.values.end(), -std::numeric_limits<double>::infinity());
  }
  void add(std::size_t node, const double* message) {
    double* row = rows_.row(node);
    ++count_[node];
    for (std::size_t c = 0; c < rows_.width; ++c)
      row[c] = how_ == Aggregation::Max ? std::max(row[c], message[c]) : row[c] + message[c];
  }
  /// 0 where nothing arrived.
  Matrix finish() && {
    for (std::size_t i = 0; i < rows_.rows; ++i)
      for (std::size_t c = 0; c < rows_.width; ++c) {
        if (count_[i] == 0) rows_.row(i)[c] = 0.0;
        if (how_ == Aggregation::Mean && count_[i] > 0) rows_.row(i)[c] /= static_cast<double>(count_[i]);
      }
    return std::move(rows_);
  }

 private:
  Aggregation how_;
  Matrix rows_;
  std::vector<std::int32_t> count_;
};

/// One frame on its way through a network.
struct Pass {
  const ParameterLayout& layout;
  const Parameters& parameters;
  BatchNormMode mode;
  const GraphInputs& inputs;
  std::vector<double>* frame_statistics;
  Summation summation;
  std::vector<double> frequencies =
      encoding_frequencies(static_cast<std::size_t>(layout.description.frequencies), layout.description.encoding_scale);

  Matrix run(const PerceptronSlices& perceptron, Matrix rows) const {
    return apply(perceptron, parameters, mode, std::move(rows), frame_statistics, summation);
  }

  /// body(begin, end) over the edges. With given statistics every edge stands alone, so a slice at a time bounds the
  /// memory.
  template <class Body>
  void for_slices(const Body& body) const {
    const std::size_t n = inputs.n_edges(), slice = mode == BatchNormMode::Frame ? std::max<std::size_t>(1, n) : 16384;
    for (std::size_t begin = 0; begin < n; begin += slice) body(begin, std::min(n, begin + slice));
  }

  /// Rows [h_to, h_from, columns of the edge] of edges [begin, end).
  Matrix edge_rows(const Matrix& nodes, std::size_t begin, std::size_t end) const {
    const std::size_t n_plain = inputs.plain.size() / inputs.n_edges();
    const std::size_t n_angle = frequencies.empty() ? 1 : 2 * frequencies.size();
    Matrix rows(end - begin, 2 * nodes.width + n_plain + n_angle);
    for (std::size_t e = begin; e < end; ++e) {
      double* row = rows.row(e - begin);
      row = std::copy_n(nodes.row(static_cast<std::size_t>(inputs.to[e])), nodes.width, row);
      row = std::copy_n(nodes.row(static_cast<std::size_t>(inputs.from[e])), nodes.width, row);
      row = std::copy_n(inputs.plain.data() + e * n_plain, n_plain, row);
      if (frequencies.empty())
        *row = static_cast<double>(inputs.angle[e]);
      else
        encode_angle(static_cast<double>(inputs.angle[e]), frequencies, row);
    }
    return rows;
  }

  /// h after one step of message passing; `kept`, if given, receives the messages of all edges.
  Matrix step(const StepSlices& slices, const Matrix& nodes, Matrix* kept) const {
    const auto width = static_cast<std::size_t>(layout.description.message_width);
    Aggregated incoming(layout.description.aggregation, nodes.rows, width);
    for_slices([&](std::size_t begin, std::size_t end) {
      const Matrix messages = run(slices.relational, edge_rows(nodes, begin, end));
      for (std::size_t e = begin; e < end; ++e)
        incoming.add(static_cast<std::size_t>(inputs.to[e]), messages.row(e - begin));
      if (kept) std::copy(messages.values.begin(), messages.values.end(), kept->row(begin));
    });
    const Matrix aggregated = std::move(incoming).finish();
    Matrix rows(nodes.rows, nodes.width + width);
    for (std::size_t i = 0; i < nodes.rows; ++i)
      std::copy_n(aggregated.row(i), width, std::copy_n(nodes.row(i), nodes.width, rows.row(i)));
    return run(slices.object, std::move(rows));
  }

  std::vector<double> logits() const {
    Matrix nodes(inputs.n_nodes, inputs.n_nodes == 0 ? 0 : inputs.nodes.size() / inputs.n_nodes);
    std::copy(inputs.nodes.begin(), inputs.nodes.end(), nodes.values.begin());
    const bool line_graph = layout.description.network == NetworkKind::LineGraph;
    const auto width = static_cast<std::size_t>(layout.description.message_width);
    Matrix messages(line_graph ? 0 : inputs.n_edges(), width);
    for (const StepSlices& slices : layout.steps)
      nodes = step(slices, nodes, line_graph || &slices != &layout.steps.back() ? nullptr : &messages);
    if (line_graph) return run(layout.read_out, std::move(nodes)).values;

    Matrix rows(inputs.n_edges(), 2 * nodes.width + width);
    for (std::size_t s = 0; s < inputs.n_edges(); ++s) {
      double* row = std::copy_n(nodes.row(static_cast<std::size_t>(inputs.to[s])), nodes.width, rows.row(s));
      row = std::copy_n(nodes.row(static_cast<std::size_t>(inputs.from[s])), nodes.width, row);
      std::copy_n(messages.row(s), width, row);
    }
    return run(layout.read_out, std::move(rows)).values;
  }
};

}  // namespace

void encode_angle(double theta, std::span<const double> frequencies, double* encoding) {
  const double root = std::sqrt(theta);
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    encoding[2 * i] = std::sin(root * frequencies[i]);
    encoding[2 * i + 1] = std::cos(root * frequencies[i]);
  }
}

std::vector<double> network_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                   const GraphInputs& inputs, std::vector<double>* frame_statistics,
                                   Summation summation) {
  return Pass{layout, parameters, mode, inputs, frame_statistics, summation}.logits();
}

}  // namespace difftrack::network::reference
