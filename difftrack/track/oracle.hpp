// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {

/// The head-room of any score: truth as scores (1 for segments between hits of one event, 0 for others), assigned as a
/// network's scores would be (docs/method.md section 9). What it misses is lost by the angular filter, by secondaries
/// that share their primary's label, and in forced mode by the maximum cardinality. Throws InputError when the frame
/// has no truth.
SegmentAssignment assign_by_truth(const event::Frame& frame, const graph::HitGraph& graph,
                                  const assign::AssignConfig& config);

}  // namespace difftrack::track
