// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::graph {

/// Joins hits of adjacent layers whose segment makes an angle below the limit with the z axis
/// (docs/method.md section 2).
///
/// The angle test is tan²: (dx² + dy²) < tan²(limit) dz², in double precision; a segment without extent in z is
/// dropped. Shallow hits of each layer pair are sorted into square cells no smaller than the largest possible
/// transverse reach, so that a deep hit meets only the cells around it: O(hits + segments) for bounded density.
/// No layers, one layer or nothing kept give a graph without segments. Throws InputError when a position is not
/// finite or when there are more than config.max_segments segments.
HitGraph build_hit_graph(const event::Frame& frame, const HitGraphConfig& config = {});

/// The same by testing all pairs of each layer pair: the plain reference for tests.
HitGraph build_hit_graph_all_pairs(const event::Frame& frame, const HitGraphConfig& config = {});

/// A graph with more segments than another one.
struct WidenedGraph {
  HitGraph graph;
  std::vector<std::int32_t> place;   ///< where each segment of the narrower graph is now
  std::vector<std::uint8_t> gained;  ///< 1 for the layer pairs, by their shallower layer, that have new segments
  bool any() const { return place.size() < graph.size(); }  ///< whether there is a new segment
};

/// `graph` and, in the same order, the segments up to the limits of `wider` between hits that are left open: shallower
/// ends marked in `open_down`, deeper ones in `open_up` (one entry per hit). Few hits are, so that a wide angle costs
/// next to nothing here, whereas with all hits segments would grow with its square. Limits below those that `graph` was
/// built with add nothing. A gate is left behind. Throws InputError for limits out of range.
WidenedGraph widen_hit_graph(const event::Frame& frame, const HitGraph& graph, const HitGraphConfig& wider,
                             std::span<const std::uint8_t> open_down, std::span<const std::uint8_t> open_up);

/// The segments s of `graph` with keep[s] != 0, in the same order; `n_hits` is that of its frame. Without context.
HitGraph with_segments(const HitGraph& graph, std::span<const std::uint8_t> keep, std::size_t n_hits);

}  // namespace difftrack::graph
