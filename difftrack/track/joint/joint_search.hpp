// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"

namespace difftrack::track {

/// How far the search goes.
struct JointSearchConfig {
  double pair_gate = 20.0;  ///< [nats]
  std::int32_t rounds = 8;  ///< at most

  static constexpr auto fields() {
    using core::field;
    using C = JointSearchConfig;
    return std::tuple{
        field("pair_gate", &C::pair_gate, "", core::Range{0.0, 1e3},
              "Nats below which a move between two tracks has them exchanged as wholes."),
        field("rounds", &C::rounds, "", core::Range{0, 1000}, "Rounds of exchanges at most; 0: layer pairs alone."),
    };
  }
};

/// What a search did.
struct JointSearchCounts {
  std::int64_t layer_changes = 0;                ///< layer pairs that changed
  std::int64_t pairs = 0, pair_changes = 0;      ///< pairs of chains that were looked at; that were exchanged
  std::int64_t triples = 0, triple_changes = 0;  ///< likewise of three
};

/// Lowers the energy of a frame from an answer to begin with, until no move is left:
///   1. layer pairs, each exactly beside its neighbours, until none changes (LayerPairs);
///   2. two chains that a move of less than pair_gate brings together: all ways to exchange their tails over all
///   layers,
///      exactly (ChainExchange);
///   3. three chains, two of them each brought to the third by a move of less than 8 nats and five layers apart at
///   most,
///      likewise: cycles of three that no exchange of two leads to;
///   4. from 1 again with the chains that changed, until nothing does.
/// No move raises the energy. Everything in a fixed order on the calling thread, so that nothing depends on threads.
JointSearchCounts lower_energy(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                               const JointSearchConfig& config, LayerPairs& pairs, Links& links);

}  // namespace difftrack::track
