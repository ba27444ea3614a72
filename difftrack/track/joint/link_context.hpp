// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/frame_energy.hpp"

namespace difftrack::track {

/// Where a joint decision is in doubt, as a graph that a network can look at.
struct UndecidedSegments {
  graph::HitGraph graph;            ///< chosen segments and their rivals, with HitGraph::context
  std::vector<std::int32_t> place;  ///< where each of them is in the whole graph
};

/// [nats] log odds that a segment is right, from the one move that takes it in (or, of a chosen one, cuts it) beside an
/// answer: -move_cost of one that is not chosen, +move_cost of one that is.
double move_log_odds(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links, std::int32_t segment);

/// The segments of an answer, and those that one move of less than `gate` nats would put in their place: a few per cent
/// of all, between which there are few kinks, so that a network behind this gate may be deep and costs little.
///
/// Context of a segment a → b, its chains being those of the answer above a and below b; each about 1:
///  0  move_log_odds / 10, within ±3                    1  1 for a chosen segment, else 0
///  2  its cost without kinks, 5 nats less / 5, within ±3
///  3  kink at a with the chain above: cost above the row's least, 1 nat less / 5, within ±3; 0 without
///  4  the same at b with the chain below
///  5  links of the chain above a / 20                  6  links of the chain below b / 20
///  7  mean of such kinks along the chain above, 1 nat less, within ±3: a particle that scatters more than others is
///     slower than they are
///  8  the same of the chain below
///  9  log10 of the mean deposit above, a included, over 10 keV    10  the same below, b included
/// 11  ln(1 + rivals that end at a or at b) / 2
UndecidedSegments undecided_segments(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                     const Links& links, double gate);

/// What a network's logits of such a graph (with context) add to its segments' log odds: r exp(-|o| / 10), o the
/// move_log_odds within ±30. A segment that no single move can break needs no help, and a chain of them would be lost
/// by many small logits together, which no loss on single segments sees.
std::vector<float> added_log_odds(const graph::HitGraph& graph, std::span<const float> logits);
/// The factors exp(-|o| / 10), one per segment.
std::vector<float> doubt(const graph::HitGraph& graph);

}  // namespace difftrack::track
