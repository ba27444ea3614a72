// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"

namespace difftrack::network {

/// Pointers into `graph` and its features (graph::segment_features), which must outlive the view. `theta`, where
/// given, holds one angle [rad] per kink in the order of graph::build_line_graph.
inline kernels::LineGraphView line_graph_view(const graph::HitGraph& graph, const std::vector<float>& features,
                                              const std::vector<float>* theta = nullptr) {
  kernels::LineGraphView view;
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
  return view;
}

}  // namespace difftrack::network
