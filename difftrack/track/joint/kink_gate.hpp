// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"

namespace difftrack::track {

/// The gate of kinks: which pairs of segments that meet in a hit are worth a message of a network.
///
/// A pair (up to the beam, down into the detector) at hit h stays while it costs at most `nats` more than that one
/// track ends at h and another begins there,
///
///   kink(up, down) + link_down − (birth_h + start_down) − death_h ≤ nats,
///
/// in the costs of a FrameEnergy. Of this only the kink depends on `up`, and its cost rises with the angle, so that
/// the gate is one number per deeper segment: the largest squared chord that passes (HitGraph::widest_chord2). Where a
/// table does not rise everywhere, narrower kinks than one that passes stay, too. nats = −4 leaves 41, 23 and 16 % of
/// the pairs at 50, 150 and 300 protons per frame behind 100 mm of water, and 99.9 % of the true ones or more
/// (docs/network.md#gated-kinks).
///
/// The limits, one per segment; −1 where no kink passes, infinite where every one does. O(segments · log points).
std::vector<float> widest_kinks(const FrameEnergy& energy, const graph::HitGraph& graph, double nats);

/// `graph` with the gate of its frame; hits, segments and their order stay. Throws InputError as build_frame_energy
/// does.
graph::HitGraph gate_kinks(const event::Frame& frame, graph::HitGraph graph, const Likelihood& likelihood,
                           const TransportExpectation& expectation, double nats);

}  // namespace difftrack::track
