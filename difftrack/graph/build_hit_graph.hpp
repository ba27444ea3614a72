// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace difftrack::graph
