// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/pair_head.hpp"
#include "difftrack/policy/environment.hpp"

namespace difftrack::policy {

/// What a pair head sees of every action of a step: an agent's track so far, and the segment that it would take. Shape
/// (entries, network::kPairColumns), each about 1:
///
///  0  1 for an agent with a track, 0 for one without
///  1  reward of the action above leaving / 10 nats, held within ±3
///  2  kink with the track's last segment: cost above the typical one / 5 nats, held within ±3; 0 without a track
///  3  mean cost of the track's kinks so far above typical / 2 nats, within ±3: a proton that scatters more than others
///     is slower than they are, which the energy of single kinks cannot know
///  4  kinks so far / 20, at most 1
///  5  log10(deposit / 10 keV) of the agent's hit
///  6  log10(deposit / 10 keV) of the target
///  7  mean of that along the track, the agent included
///  8  layer of the agent / 50
///  9  5 tan of the segment's angle to the axis
/// 10  1 downstream, 0 upstream
/// 11  ln of the number of the agent's actions
///
/// `links` may hold links of step t and later ones: a track is followed back over at most t links.
std::vector<float> pair_features(const Environment& environment, const graph::HitGraph& graph, std::size_t t,
                                 const JointChoice& choice, const track::Links& links);

}  // namespace difftrack::policy
