// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::policy {

/// What rewards are made of: a likelihood of hits and tracks, and the beam and the matter of a detector.
struct RewardModel {
  track::Likelihood likelihood;
  track::TransportExpectation expectation;
  std::int32_t first_layer;  ///< first plane behind the trackers
  Order order;

  /// Throws InputError for options out of range.
  RewardModel(const detector::Detector& detector, track::Likelihood tables, Order steps,
              const track::PhysicsConfig& physics);
};

/// A frame as a process: its environment with the energy that it refers to.
class FrameProcess {
 public:
  /// Refers to frame and graph, which must outlive it. Throws InputError for a frame with more layers than detector or
  /// likelihood.
  FrameProcess(const event::Frame& frame, const graph::HitGraph& graph, const RewardModel& model);
  FrameProcess(const FrameProcess&) = delete;
  FrameProcess& operator=(const FrameProcess&) = delete;

  const Environment& environment() const { return environment_; }  ///< steps, choices, rewards

 private:
  track::FrameEnergy energy_;
  Environment environment_;
};

}  // namespace difftrack::policy
