// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "difftrack/graph/features.hpp"
#include "difftrack/network/reference/network.hpp"

namespace difftrack::network {

/// The general path on the published line graph, with features and kinks as given and the edges in the order of the
/// published code, by source, then by target: sums in float32 depend on it.
inline std::vector<double> reference_logits(const ParameterLayout& layout, const reference::Parameters& parameters,
                                            BatchNormMode mode, const std::vector<float>& features,
                                            const graph::LineGraph& kinks,
                                            std::vector<double>* frame_statistics = nullptr,
                                            reference::Summation summation = reference::Summation::Exact) {
  auto inputs = line_graph_inputs(features, features.size() / graph::kSegmentFeatures, kinks);
  std::vector<std::size_t> order(inputs.n_edges());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return inputs.from[a] != inputs.from[b] ? inputs.from[a] < inputs.from[b] : inputs.to[a] < inputs.to[b];
  });
  const auto sort = [&](auto& values) {
    auto sorted = values;
    for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[order[i]];
    values = std::move(sorted);
  };
  sort(inputs.from), sort(inputs.to), sort(inputs.angle);
  return reference::network_logits(layout, parameters, mode, inputs, frame_statistics, summation);
}

}  // namespace difftrack::network
