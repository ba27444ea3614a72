// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::network::kernels {

/// A frame as the line-graph kernels see it: pointers into a graph::HitGraph and its features, nothing owned.
///
/// Kinks are implicit: at hit h every segment that ends there (end_segment[end_begin[h] …]) meets every segment that
/// starts there (start_begin[h] …), with a gate those within its limit (graph::HitGraph). Their order is by hit, then
/// by ending segment, then by starting segment.
struct LineGraphView {
  std::int32_t n_hits = 0;
  std::int32_t n_segments = 0;
  const std::int32_t* start_begin = nullptr;                ///< n_hits + 1
  const std::int32_t* end_begin = nullptr;                  ///< n_hits + 1
  const std::int32_t* end_segment = nullptr;                ///< n_segments
  const float *ux = nullptr, *uy = nullptr, *uz = nullptr;  ///< unit vectors, n_segments each
  const float* features = nullptr;                          ///< (n_segments, 8) row-major, raw (graph/features.hpp)
  const float* theta = nullptr;          ///< optional [rad], one per kink: used instead of the unit vectors
  const float* widest_chord2 = nullptr;  ///< the gate, n_segments; null: every pair that meets is a kink
};

/// Pointers into `graph` and its features (graph::segment_features), which must outlive the view. `theta`, where
/// given, holds one angle [rad] per kink in the order of graph::build_line_graph.
inline LineGraphView line_graph_view(const graph::HitGraph& graph, const std::vector<float>& features,
                                     const std::vector<float>* theta = nullptr) {
  LineGraphView view;
  view.n_hits = graph.start_begin.empty() ? 0 : static_cast<std::int32_t>(graph.start_begin.size()) - 1;
  view.n_segments = static_cast<std::int32_t>(graph.size());
  view.start_begin = graph.start_begin.data();
  view.end_begin = graph.end_begin.data();
  view.end_segment = graph.end_segment.data();
  view.ux = graph.ux.data();
  view.uy = graph.uy.data();
  view.uz = graph.uz.data();
  view.features = features.data();
  view.theta = theta ? theta->data() : nullptr;
  view.widest_chord2 = graph.is_gated() ? graph.widest_chord2.data() : nullptr;
  return view;
}

}  // namespace difftrack::network::kernels
