// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {

/// A side of the detector.
enum class Side { Front, Deep };
/// Their names.
constexpr core::Choices<Side, 2> choices(Side) {
  return {{{Side::Front, "front", "with the beam"}, {Side::Deep, "deep", "against it"}}};
}

/// Where the sweep of assign_by_straightness begins.
struct StraightnessConfig {
  Side from = Side::Front;  ///< where the sweep begins
  std::int32_t first_layer =
      -1;  ///< from the front: start here, upstream to layer 0 afterwards; -1: by first_dense_layer

  static constexpr auto fields() {
    return std::tuple{core::field("from", &StraightnessConfig::from, "", "Side to start from."),
                      core::field("first_layer", &StraightnessConfig::first_layer, "", core::Range{-1, 1000},
                                  "Layer to start from; -1: the first one that is followed by a short gap.")};
  }
};

/// The first layer whose distance to the next is at most twice the smallest in the frame: layer 0 of an even stack, the
/// first calorimeter layer behind tracking layers.
std::int32_t first_dense_layer(const event::Frame& frame);

/// The untrained assignment: cost = kink angle, nothing else (no energy, no beam, no probability).
///
/// Layer pair by layer pair: the cost of a segment is its angle [rad] to the segment already assigned at its first hit,
/// or to the z axis where there is none; each pair is solved for maximum cardinality, then minimum cost (SparseLap), as
/// the published assignment is. Score = 1 - angle / (pi / 2).
/// Order: from the first dense layer downstream, then upstream through the tracking layers, whose long gaps are hard to
/// cross without a direction. From the deep side, where the first segments seen are the most scattered ones, and from
/// layer 0 behind long gaps it does worse (docs/track.md).
SegmentAssignment assign_by_straightness(const event::Frame& frame, const graph::HitGraph& graph,
                                         const StraightnessConfig& config = {});

}  // namespace difftrack::track
