// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/learn/models/graph_network.hpp"

namespace difftrack::learn {

/// What the losses need to know of each segment, dtype float, values 0 or 1, shape (segments).
struct SegmentTruth {
  torch::Tensor labels;   ///< 1: both hits carry the same label
  torch::Tensor tracker;  ///< 1: touches a tracking layer (or the first layer behind them)
};

/// Copies of the frame's data as tensors, as the network of a checked description sees them.
GraphTensors graph_tensors(const network::Description& description, const event::Frame& frame,
                           const graph::HitGraph& graph);
/// What truth says of each segment; the frame must have it. `n_tracker_layers` as in the detector's description.
SegmentTruth segment_truth(const event::Frame& frame, const graph::HitGraph& graph, std::int32_t n_tracker_layers);

}  // namespace difftrack::learn
