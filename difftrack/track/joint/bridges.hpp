// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/proton_expectation.hpp"

namespace difftrack::track {

/// When two ends are joined over a plane.
struct BridgeSettings {
  double missing_hits = 5e-4;   ///< probability that a particle leaves no hit in a plane, 0: nothing is joined
  double min_confidence = 0.8;  ///< bridges below are left out
  double pitch = 0.0;           ///< [mm] of the pixels, the larger one
  double widest = 0.6;          ///< [rad] to the beam's axis
};

/// Chains that end in one plane and go on in the next but one: the hit between was lost (threshold, dead pixel, gap) or
/// shares its cluster with that of another particle, to which the decision gave it.
///
/// A particle that left a at depth z_a and b at z_b crossed the plane between at some place v; the cost of the pair is
///   -log ∫ dv P(kink at a) P(kink at v) P(kink at b) P(b | v) P(no hit of its own at v)
/// against the end of one chain at a and the beginning of another at b. With kinks of widths σ in the three planes the
/// integrand is highest at the displacement δ from the straight line a b that minimises Σ (kink / σ)², and falls off
/// with C = Σ (∂kink / ∂δ / σ)²: Laplace's method gives its maximum times 2π / C. A plane without a chain's kink (its
/// part is one hit) has no term. P(no hit of its own) is missing_hits, and a half where a cluster is so near that both
/// would be one: within the pitch times the root of the number of its pixels.
///
/// Probability of a bridge: 1 / (1 + odds), odds = e^-gain (both end) + Σ e^(gain of another bridge of a or b - gain).
/// Returned by the layer of their first hit, then its index; a hit is on one bridge per side at most. The same for any
/// number of threads.
std::vector<Bridge> find_bridges(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                 const Likelihood& likelihood, const ProtonExpectation& expectation, const Links& links,
                                 const BridgeSettings& settings);

}  // namespace difftrack::track
