// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::graph {

inline constexpr int kSegmentFeatures = 8;
inline constexpr int kHitFeatures = 4;
inline constexpr int kDirectionFeatures = 3;
inline constexpr int kContextFeatures = 12;  ///< columns of HitGraph::context

/// Raw node features of the line graph, shape (segments, 8), row-major:
/// edep_deep, edep_shallow [MeV], x, y, z of the deep hit, x, y, z of the shallow hit [mm], x and y from the centre of
/// the beam spot (0 where the frame has none).
std::vector<float> segment_features(const event::Frame& frame, const HitGraph& graph);

/// Node features of the hit-graph network, shape (hits, 4): cluster size over that of 0.06 MeV, x and y from the
/// centre of the beam spot (0 where the frame has none) in metres, layer index (docs/method.md section 3).
std::vector<float> hit_features(const event::Frame& frame);

/// Edge features of the hit-graph network, shape (segments, 3): length ρ [mm], azimuth and polar angle [rad] of the
/// vector from the deep to the shallow hit.
std::vector<float> direction_features(const event::Frame& frame, const HitGraph& graph);

}  // namespace difftrack::graph
