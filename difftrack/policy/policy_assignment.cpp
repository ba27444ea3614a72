// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/policy_assignment.hpp"

#include <utility>

#include "difftrack/policy/rollout.hpp"
#include "difftrack/policy/scored_policy.hpp"

namespace difftrack::policy {

PolicyAssignment::PolicyAssignment(const detector::Detector& detector, track::Likelihood likelihood,
                                   const PolicyConfig& config, const track::PhysicsConfig& physics)
    : model_(detector, std::move(likelihood), config.order, physics) {
  core::check_fields(config, "");
}

track::SegmentAssignment PolicyAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph) const {
  const FrameProcess process(frame, graph, model_);
  return decide(process.environment(), graph, reward_policy());
}

track::SegmentAssignment PolicyAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                                      const NetworkScores& scores) const {
  const FrameProcess process(frame, graph, model_);
  return decide(process.environment(), graph, scored_policy(process.environment(), graph, scores));
}

}  // namespace difftrack::policy
