// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/proposals.hpp"
#include "difftrack/policy/team.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::policy {

/// A policy: scores of a step's actions where the steps before led to `links`.
using Policy = std::function<Scores(std::size_t step, const JointChoice& choice, const track::Links& links)>;

/// The policy without parameters (reward_scores).
Policy reward_policy();

/// How episodes are drawn, and what their decisions are worth.
struct RolloutConfig {
  std::int32_t rollouts = 4;
  double temperature = 1.0;
  double discount = 0.99;
  double team_share = 0.5;
  Team team = Team::Component;
  double component_gate = 0.0;

  static constexpr auto fields() {
    using core::field;
    using C = RolloutConfig;
    return std::tuple{
        field("rollouts", &C::rollouts, "", core::Range{1, 256}, "Episodes drawn of every frame."),
        field("temperature", &C::temperature, "", core::Range{1e-3, 100.0}, "Nats of score that count as e in a draw."),
        field("discount", &C::discount, "", core::Range{0.0, 1.0}, "Weight of a reward one layer later."),
        field("team_share", &C::team_share, "", core::Range{0.0, 1.0}, "Share of the team's mean in a reward."),
        field("team", &C::team, "", "Who shares rewards."),
        field("component_gate", &C::component_gate, "", core::Range{-1e3, 1e3},
              "Nats above leaving from which an action binds an agent to others."),
    };
  }
};

/// One step of an episode.
struct Decision {
  JointChoice choice;
  Scores scores;                       ///< of the policy
  std::vector<std::int32_t> proposed;  ///< an entry or kLeaves per agent
  std::vector<std::int32_t> taken;     ///< what became of it
  std::vector<double> reward;          ///< [nats] shared, per agent
  std::vector<double> returned;        ///< [nats] discounted sum of rewards from here along the agent's track
  std::vector<double> advantage;       ///< returned less the mean of the same hit in the other rollouts
};

/// One frame from the first step to the last.
struct Episode {
  std::vector<Decision> steps;
  track::Links links;          ///< the tracks
  double total = 0.0;          ///< [nats] sum of all unshared rewards: log likelihood ratio against no tracks
  double entropy = 0.0;        ///< [nats] of proposals, mean over steps
  std::int64_t conflicts = 0;  ///< proposals that the assignment did not grant
};

/// Draws config.rollouts episodes of a frame under a policy, with their returns and, from two on, advantages: returns
/// less their mean over the other rollouts at the same hit (a baseline that does not depend on the action, so that the
/// gradient stays unbiased); with one rollout the returns themselves. `place.rollout` is not used. The same bytes for
/// any number of threads. Throws InputError for options out of range.
std::vector<Episode> roll_out(const Environment& environment, const graph::HitGraph& graph, const Policy& policy,
                              const RolloutConfig& config, DrawPlace place, int threads);

/// What a policy answers when it is used.
struct PolicyAnswer {
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment
  std::vector<float> scores;           ///< logistic of an action's score above leaving, one per segment
  std::vector<double> odds;  ///< against each assigned segment: Σ exp(score of another joint action - score of this
                             ///< one) over the moves of its agent; 0 of other segments
};

/// The best joint action at every step, no draw.
PolicyAnswer decide(const Environment& environment, const graph::HitGraph& graph, const Policy& policy);

}  // namespace difftrack::policy
