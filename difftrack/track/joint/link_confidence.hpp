// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"

namespace difftrack::track {

/// How sure an answer is.
struct LinkConfidence {
  std::vector<float> link;   ///< per hit: probability that its link to the shallower hit is right; NaN without one
  std::vector<float> chain;  ///< per hit: probability that all links of its chain are right; 1 without links
};

/// What probabilities are made of.
struct ConfidenceSettings {
  double gate = 20.0;           ///< [nats] of the moves that bring two chains near
  double min_confidence = 0.0;  ///< links below are taken away
  double temperature = 1.0;     ///< Likelihood::temperature
};

/// Probabilities under exp(-E / temperature) around an answer of lowest energy, and the answer without its doubtful
/// links.
///
/// The odds against a link are summed over
///   - every chain that a move of less than `gate` nats brings near: all exchanges of tails with it over all layers, by
///     sums forward and backward (ChainExchange::odds);
///   - its cut alone;
/// as if these alternatives excluded each other, which where most is certain they nearly do; p = 1 / (1 + odds). For a
/// chain the same sums are over all answers that lack any of its links, so that an exchange which takes two of them
/// counts once. That a chain goes on as another particle is told by secondary_odds(). Links below `min_confidence` are
/// taken out of `links`; the probabilities of chains are those of what is left, those of links stay, and the links
/// taken away have NaN.
LinkConfidence link_confidence(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                               LayerPairs& pairs, const ConfidenceSettings& settings, Links& links);

}  // namespace difftrack::track
