// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {

struct StraightnessConfig {
  std::string from = "front";  ///< "front" (with the beam) or "deep" (against it)

  static constexpr auto fields() {
    return std::tuple{core::field("from", &StraightnessConfig::from, "", "Side to start from: front or deep.")};
  }
};

/// The untrained assignment: cost = kink angle, nothing else (no energy, no beam, no probability).
///
/// Layer pair by layer pair from one side: the cost of a segment is its angle [rad] to the segment already assigned at
/// its first hit, or to the z axis where there is none; each pair is solved for maximum cardinality, then minimum cost
/// (SparseLap), as the published assignment is. Score = 1 - angle / (pi / 2). From the front does better than from the
/// deep side, where the first segments seen are the most scattered ones.
SegmentAssignment assign_by_straightness(const event::Frame& frame, const graph::HitGraph& graph,
                                         const StraightnessConfig& config = {});

}  // namespace difftrack::track
