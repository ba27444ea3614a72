// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/policy/environment.hpp"

namespace difftrack::policy {

/// What a policy says of a step's actions, or a gradient with respect to that.
struct Scores {
  std::vector<double> entry;  ///< one per entry of JointChoice
  std::vector<double> leave;  ///< one per agent

  /// Zeros for all actions of a step.
  static Scores none(const JointChoice& choice) {
    return {std::vector<double>(choice.segment.size(), 0.0), std::vector<double>(choice.n_agents(), 0.0)};
  }
};

/// The scores of the policy without parameters: what the physics of the reward says at once, with no look ahead.
Scores reward_scores(const JointChoice& choice);

/// Where a random number belongs. A number depends on these and on nothing else, so that rollouts are the same for any
/// number of threads.
struct DrawPlace {
  std::uint64_t seed = 1;
  std::uint32_t iteration = 0, frame = 0;  ///< of training; of the iteration
  std::uint32_t rollout = 0;               ///< of the frame, below 256
};
/// The stream of a hit, below 2^24.
core::RandomStream stream_of(const DrawPlace& place, std::int32_t hit);

/// Actions by independent proposals that a projection reconciles (estimator "P").
///
/// Every agent draws an action of its own, a_i ~ softmax(scores_i / T) over its entries and leaving; conflicts are
/// resolved by the assignment
///   Y(a) = argmax Σ_{e in Y} (s_e + 4 T [e proposed]) + Σ_{i leaves} (l_i + 4 T [leaving proposed])
/// with the scores s, l frozen, so that Y depends on the parameters through the proposals alone. The expectation of any
/// reward of Y is then a smooth function of the scores, whose gradient is E[reward ∇ log π(a)] exactly (Williams 1992,
/// Machine Learning 8, 229).
class Proposals {
 public:
  /// Refers to `choice`, which must outlive it. Throws InputError for a temperature that is not positive and for scores
  /// that do not fit.
  Proposals(const JointChoice& choice, const Scores& scores, double temperature);

  /// Probability of every action.
  const Scores& probabilities() const { return probabilities_; }
  /// Draws the action of an agent: an entry or kLeaves.
  std::int32_t draw(std::size_t agent, core::RandomStream& random) const;
  /// The joint action that the proposals of all agents become.
  std::vector<std::int32_t> project(std::span<const std::int32_t> proposed, assign::Workspace& workspace) const;
  /// log π(a_i) of one agent.
  double log_probability(std::size_t agent, std::int32_t proposed) const;
  /// Adds weight ∂ log π(a_i) / ∂ scores.
  void add_gradient(std::size_t agent, std::int32_t proposed, double weight, Scores& gradient) const;
  /// Mean over agents of the entropy of their proposals [nats]; 0 without agents.
  double entropy() const;

 private:
  const JointChoice& choice_;
  Scores scores_, probabilities_;
  double temperature_;
};

/// How many agents did not get what they proposed.
std::int64_t conflicts(std::span<const std::int32_t> proposed, std::span<const std::int32_t> taken);

}  // namespace difftrack::policy
