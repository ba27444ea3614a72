// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/policy/environment.hpp"

namespace difftrack::policy {

/// Who shares rewards.
enum class Team { Component, Layer };
/// Their names.
constexpr core::Choices<Team, 2> choices(Team) {
  return {{{Team::Component, "component", "agents that compete for targets, directly or through others"},
           {Team::Layer, "layer", "all agents of a step"}}};
}

/// The connected component of every agent, numbered by their first agents: agents that share a target along entries
/// worth more than `gate` nats above leaving are of one.
std::vector<std::int32_t> components(const JointChoice& choice, double gate);

/// Rewards of the agents that took `taken` (an entry or kLeaves): share 0 each its own, share 1 the mean over its
/// team, between these a mixture. `team` is the number of each agent's team.
std::vector<double> shared_rewards(const JointChoice& choice, std::span<const std::int32_t> taken,
                                   std::span<const std::int32_t> team, double share);

}  // namespace difftrack::policy
