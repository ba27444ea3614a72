// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/network/reference_logits.hpp"
#include "tests/problems/golden.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::network {

inline std::string golden_directory() { return paths::golden(); }

/// A golden frame with our graph of it; `kinks.theta` holds the published angles, `own` ours.
struct GoldenNetwork {
  problems::GoldenFrame golden;
  graph::HitGraph graph;
  std::vector<float> features;
  graph::LineGraph kinks, own;

  explicit GoldenNetwork(const std::string& name)
      : golden(problems::golden_frame(golden_directory(), name)),
        graph(graph::build_hit_graph(golden.frame)),
        features(graph::segment_features(golden.frame, graph)),
        own(graph::build_line_graph(graph)) {
    const auto from = golden.file.values<std::int32_t>("kink_from"), to = golden.file.values<std::int32_t>("kink_to");
    const auto theta = golden.file.values<float>("kink_theta");
    std::vector<std::int32_t> place(golden.order.size());  // golden segment -> ours
    for (std::size_t s = 0; s < golden.order.size(); ++s) place[golden.order[s]] = static_cast<std::int32_t>(s);
    std::map<std::pair<std::int32_t, std::int32_t>, float> angle;
    for (std::size_t k = 0; k < from.size(); ++k)
      angle[{place[static_cast<std::size_t>(from[k])], place[static_cast<std::size_t>(to[k])]}] = theta[k];
    kinks = own;
    for (std::size_t k = 0; k < kinks.size(); ++k) kinks.theta[k] = angle.at({kinks.from[k], kinks.to[k]});
  }
};

/// Mean and biased variance of every BatchNorm as the published code sums them in training mode (float32, row by row).
inline std::vector<float> published_statistics(const ParameterLayout& layout, const FlatParameters& flat,
                                               const GoldenNetwork& frame) {
  std::vector<double> statistics(layout.n_statistics);
  reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Frame, frame.features, frame.kinks,
                   &statistics, reference::Summation::Float32);
  const auto biased = [&](const PerceptronSlices& perceptron, std::size_t rows) {
    for (const auto& norm : perceptron.norm)
      for (std::size_t c = 0; c < static_cast<std::size_t>(norm.width); ++c)
        statistics[norm.var + c] *= static_cast<double>(rows - 1) / static_cast<double>(rows);
  };
  biased(layout.steps[0].relational, 2 * frame.kinks.size());
  biased(layout.steps[0].object, frame.graph.size());
  biased(layout.read_out, frame.graph.size());
  return {statistics.begin(), statistics.end()};
}

/// "trained" or "fresh".
inline FlatParameters golden_parameters(const std::string& name) {
  return flatten(npz_weights(golden_directory() + "/weights_" + name + ".npz"), line_graph_layout(16), name);
}

}  // namespace difftrack::network
