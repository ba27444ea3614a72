// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/description.hpp"

namespace difftrack::network {

/// A frame as a described network sees it: what the general path and the LibTorch module compute on. The fused kernels
/// never build it.
///
/// Line graph: nodes are segments; every kink is an edge in both directions, all forth and then all back, in the order
/// of graph::build_line_graph. Hit graph: nodes are hits, edges are the segments in their order.
struct GraphInputs {
  std::size_t n_nodes = 0;             ///< segments, or hits
  std::vector<float> nodes;            ///< (nodes, node columns), row-major
  std::vector<std::int32_t> from, to;  ///< node that sends, node that receives; one per edge
  std::vector<float> plain;  ///< (edges, 0) on the line graph, (edges, 2) on the hit graph: length [mm], azimuth [rad]
  std::vector<float> angle;  ///< [rad] one per edge, what is encoded: kink angle, or polar angle

  std::size_t n_edges() const { return from.size(); }
};

/// Of a checked description. Throws InputError where the graph is gated and the network was not made for it, or the
/// other way round.
GraphInputs graph_inputs(const Description& description, const event::Frame& frame, const graph::HitGraph& graph);

/// On the line graph with node features and kinks as given; `features` is (segments, columns).
GraphInputs line_graph_inputs(std::vector<float> features, std::size_t n_segments, const graph::LineGraph& kinks);

}  // namespace difftrack::network
