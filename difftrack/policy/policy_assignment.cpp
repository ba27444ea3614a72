// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/policy_assignment.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/policy/rollout.hpp"
#include "difftrack/track/joint/frame_energy.hpp"

namespace difftrack::policy {

PolicyAssignment::PolicyAssignment(const detector::Detector& detector, track::Likelihood likelihood,
                                   const PolicyConfig& config, const track::PhysicsConfig& physics)
    : likelihood_(std::move(likelihood)),
      config_(config),
      expectation_(detector, physics),
      first_layer_(detector.n_tracker_layers) {
  core::check_fields(config, "");
}

track::SegmentAssignment PolicyAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph) const {
  const track::FrameEnergy energy = track::build_frame_energy(frame, graph, likelihood_, expectation_);
  if (frame.n_layers() < 2) return decide(Environment(frame, graph, energy, config_.order, 0), graph, reward_policy());
  const std::int32_t first = std::min(first_layer_, frame.n_layers() - 2);
  const track::BeamExpectation beam = expectation_.beam(frame, expectation_.range(frame), first);
  return decide(Environment(frame, graph, energy, config_.order, first, &beam), graph, reward_policy());
}

}  // namespace difftrack::policy
