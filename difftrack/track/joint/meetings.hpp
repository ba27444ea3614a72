// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"

namespace difftrack::track {

/// [nats] what it costs to force a segment that is not chosen by one move: a swap of two chains, a chain that takes the
/// other's continuation, a join of two ends, whichever its ends allow and is cheapest; of one that is chosen, its cut.
/// Below 0 where the move lowers the energy.
double move_cost(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links, std::int32_t segment);

/// The first hit of the chain of each hit.
std::vector<std::int32_t> chain_heads(const event::Frame& frame, const graph::HitGraph& graph, const Links& links);

/// Two chains that a segment which is not chosen brings together.
struct Meeting {
  std::array<std::int32_t, 2> hits;   ///< the segment's shallower and deeper end: a hit of each chain
  std::array<std::int32_t, 2> heads;  ///< the first hits of the two chains, the smaller one first
  std::int32_t layer = 0;             ///< of the shallower end
  double cost = 0.0;                  ///< [nats] of the move
};

/// All meetings whose move costs less than `gate`, by their heads; with `moved` (one per hit, or empty: all), those of
/// which an end is marked.
std::vector<Meeting> find_meetings(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                   LayerPairs& pairs, const Links& links, double gate,
                                   std::span<const std::uint8_t> moved = {});

/// The first of the meetings of every two chains.
std::vector<Meeting> one_per_pair(const std::vector<Meeting>& meetings);

}  // namespace difftrack::track
