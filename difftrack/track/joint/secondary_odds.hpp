// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// Odds that a chain is not one proton of the beam all along, but, from some hit on, a particle that it set free, or
/// from the beginning on one that was set free in front.
///
/// A secondary goes on where its particle ended, so that one place tells little; but it is slower: all its deposits are
/// larger, its kinks wider, its end comes early. With the hits k = 0, 1, … of a chain, and everything from hit k on
/// under the two kinds of particle (Likelihood::kind_transitions and its neighbours) in
///   T_k = log P(hits behind k | secondary) - log P(hits behind k | of the beam)
/// the odds are
///   Σ_k  rate_k P(first deposit) P(turn at k) / [(1 - death_k) P(deposit | deposit) P(kink at k)]  exp(T_k+1)
/// each to the power of 0.8, since hits of one particle are less independent than that, over the links behind a hit
/// whose direction is known, and one term for the beginning: in plane 0 by share, deposit, place and direction of
/// secondaries there, behind it by their share among the tracks that begin there. A chain that a doubtful link was
/// taken from has no term for that side. Over a bridge the sum goes on, without terms of the plane between. Linear in
/// the hits of the chain, by a sum from its end.
///
/// Returns one value per hit, that of the chain which begins there and 0 elsewhere. `whole` are the links before
/// doubtful ones were taken out, `links` what is left, and `over` is per hit the one that its chain goes on to over a
/// bridge, or -1.
///
/// A pencil beam at the edge of a phantom has protons of several ranges in one frame, and deposits of those that do not
/// have the frame's are no sign of a secondary. So a chain from the front that ends more than 25 mm of water from the
/// frame's range, where clearly more chains end than reactions explain, is judged by the mean range of those. Not of
/// helium, whose fragments end in such numbers.
std::vector<double> secondary_odds(const event::Frame& frame, const graph::HitGraph& graph,
                                   const Likelihood& likelihood, const TransportExpectation& expectation,
                                   const Links& whole, const Links& links, const std::vector<std::int32_t>& over);

}  // namespace difftrack::track
