// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"

namespace difftrack::learn {

/// The loss of one frame of a training step: what the experiment names, divided by the number of frames per step, so
/// that the sum over the step is what RMSprop sees. The published λ of the assignment's gradient depends on this
/// division. `frame` and `graph` must outlive the function; `stream` tells steps and frames apart for estimators with
/// noise.
LogitLoss frame_loss(const Experiment& experiment, const event::Frame& frame, const graph::HitGraph& graph,
                     std::int32_t n_tracker_layers, std::uint64_t stream);

}  // namespace difftrack::learn
