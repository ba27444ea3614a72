// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/pair_head.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/rollout.hpp"

namespace difftrack::policy {

/// What a network says of a frame, and how much the reward counts beside it.
struct NetworkScores {
  std::span<const float> logits;     ///< u, one per segment
  network::PairHead pair_head = {};  ///< k of pairs; of width 0: none
  double reward_weight = 1.0;        ///< w
};

/// What a network adds to the physics of the reward: an agent with last segment p scores
///   s_e = w · reward_e + u_f + k_{p→f}   for taking a target along segment f,      s = w · reward   for leaving.
/// w = 1, u = k = 0 is the policy without parameters, so that a network begins there and learns what one step does not
/// see; w = 0 leaves everything to it. Refers to all it is given, which must outlive the policy.
Policy scored_policy(const Environment& environment, const graph::HitGraph& graph, const NetworkScores& scores);

}  // namespace difftrack::policy
