// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"

namespace difftrack::track {

/// lower_energy() written down plainly, for tests: tries one move after the other on a copy, adds up the energy of the
/// whole frame anew, and keeps what is lower, until a round over all moves changes nothing. Moves: a segment is cut, or
/// forced (what stands in its way is cut, and the two hits that lose their partner are joined if a segment does); two
/// forced segments at once, by which tails are exchanged and exchanged back. Segments² energies a round: for frames of
/// a few hits. Returns the energy reached.
double lower_energy_plainly(const graph::HitGraph& graph, const FrameEnergy& energy, Links& links);

/// The lowest energy of all answers, one after the other; `links` becomes one that has it. Exponential: for a handful
/// of segments per layer pair.
double lowest_energy(const graph::HitGraph& graph, const FrameEnergy& energy, Links& links);

}  // namespace difftrack::track
