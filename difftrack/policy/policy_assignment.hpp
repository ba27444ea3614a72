// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/reward_model.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/policy/scored_policy.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/joint/link_confidence.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::policy {

/// How a policy goes through a frame.
struct PolicyConfig {
  Order order = Order::Calorimeter;

  static constexpr auto fields() {
    return std::tuple{core::field("order", &PolicyConfig::order, "", "Which pairs of layers are decided first.")};
  }
};

/// What a policy decided of a frame.
struct PolicyDecision {
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment
  std::vector<float> scores;           ///< PolicyAnswer::scores
  track::LinkConfidence confidence;    ///< of links and chains, by hits
};

/// Tracks by a policy: at every step the joint action of the highest score. Without a network that is the one of the
/// highest reward under a likelihood, what learning has to beat; a network adds its logits (scored_policy.hpp).
///
/// The confidence of a link is 1 / (1 + odds) with the odds against it among joint actions (PolicyAnswer::odds), that
/// of a chain has the odds of all its links and those against one proton of the beam all along (track::secondary_odds).
/// No truth is asked, only the likelihood that the reward is made of.
class PolicyAssignment {
 public:
  /// Throws InputError for options out of range.
  PolicyAssignment(const detector::Detector& detector, track::Likelihood likelihood, const PolicyConfig& config,
                   const track::PhysicsConfig& physics);

  /// Without a network. Safe to call from several threads, as the other one. Throws InputError for a frame with more
  /// layers than detector or likelihood.
  PolicyDecision operator()(const event::Frame& frame, const graph::HitGraph& graph) const;
  /// With what a network says of the graph's segments.
  PolicyDecision operator()(const event::Frame& frame, const graph::HitGraph& graph, const NetworkScores& scores) const;

 private:
  PolicyDecision conclude(const event::Frame& frame, const graph::HitGraph& graph, PolicyAnswer answer) const;

  RewardModel model_;
};

}  // namespace difftrack::policy
