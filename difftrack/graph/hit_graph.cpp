// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::graph {

std::int64_t HitGraph::n_kinks() const {
  std::int64_t total = 0;
  for (std::size_t h = 0; h + 1 < start_begin.size(); ++h) {
    if (!is_gated()) {
      total += std::int64_t{end_begin[h + 1] - end_begin[h]} * (start_begin[h + 1] - start_begin[h]);
      continue;
    }
    for (auto k = end_begin[h]; k < end_begin[h + 1]; ++k)
      for (auto to = start_begin[h]; to < start_begin[h + 1]; ++to)
        total += has_kink(end_segment[static_cast<std::size_t>(k)], to) ? 1 : 0;
  }
  return total;
}

HitGraphConfig hit_graph_config(const detector::Detector& detector) {
  HitGraphConfig config;
  config.angles = detector.thresholds.angles;
  config.last_tracker_deep_layer = detector.n_tracker_layers;
  return config;
}

std::vector<std::uint8_t> segment_labels(const event::Frame& frame, const HitGraph& graph) {
  std::vector<std::uint8_t> labels(graph.size(), 0);
  const auto& event = frame.hits.event;
  if (event.empty()) return labels;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto deep = event[static_cast<std::size_t>(graph.deep[s])];
    labels[s] = deep >= 0 && deep == event[static_cast<std::size_t>(graph.shallow[s])];
  }
  return labels;
}

std::vector<std::uint8_t> touches_tracker(const event::Frame& frame, const HitGraph& graph,
                                          std::int32_t n_tracker_layers) {
  std::vector<std::uint8_t> touches(graph.size());
  // The shallow end is the one nearer to the beam, so it alone decides.
  for (std::size_t s = 0; s < graph.size(); ++s)
    touches[s] = frame.hits.layer[static_cast<std::size_t>(graph.shallow[s])] <= n_tracker_layers;
  return touches;
}

}  // namespace difftrack::graph
