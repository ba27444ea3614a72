// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::graph {

/// Explicit kinks: for the reference path, tests and `--write-graph`. The fast kernels never build it.
///
/// Each kink joins `from` (a segment) to `to` (a segment that starts at the shallow hit of `from`); the network
/// passes messages both ways. Ordered by the hit they share, then by from, then by to.
struct LineGraph {
  std::vector<std::int32_t> from;  ///< segment index, one per kink
  std::vector<std::int32_t> to;    ///< segment index, one per kink
  std::vector<float> theta;        ///< [rad] angle between the two segments, 0 … π

  std::size_t size() const { return from.size(); }
};

/// θ = 2 asin(|u − v| / 2) of the unit vectors, in double precision: exact near 0, where acos(u·v) in float is
/// quantised at 3.5e-4 rad. The vectors are stored as float, so θ carries an error of up to 3e-8 rad.
double kink_angle(const HitGraph& graph, std::int32_t from, std::int32_t to);

/// All kinks of the graph; of a gated one those that its gate leaves. O(pairs of segments that meet).
LineGraph build_line_graph(const HitGraph& graph);

}  // namespace difftrack::graph
