// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/policy/scored_policy.hpp"

namespace difftrack::policy {

/// Ways to a gradient without labels.
enum class Way { Proposals, Improvement, Blackbox };
/// Their names.
constexpr core::Choices<Way, 3> choices(Way) {
  return {{{Way::Proposals, "proposals", "own draws of agents, reconciled by the assignment: unbiased"},
           {Way::Improvement, "improvement", "towards the joint action of the highest value"},
           {Way::Blackbox, "blackbox", "values pulled back through the assignment, as published"}}};
}

/// How a frame's gradient is made.
struct GradientConfig {
  Way way = Way::Proposals;
  RolloutConfig rollout = {};
  double entropy_weight = 1e-3;
  double blackbox_lambda = 1.0;
  std::int32_t improvement_samples = 1;
  double margin = 0.0;

  static constexpr auto fields() {
    using core::field;
    using C = GradientConfig;
    return std::tuple{
        field("way", &C::way, "", "Way to a gradient."),
        core::part(&C::rollout),
        field("entropy_weight", &C::entropy_weight, "", core::Range{0.0, 10.0},
              "Weight of the proposals' entropy (way proposals)."),
        field("blackbox_lambda", &C::blackbox_lambda, "", core::Range{1e-6, 1e6},
              "Nats of score that a nat of value moves (way blackbox)."),
        field("improvement_samples", &C::improvement_samples, "", core::Range{1, 256},
              "Perturbed assignments of a step (way improvement)."),
        field("margin", &C::margin, "", core::Range{0.0, 10.0},
              "Weight of a pull that widens the margin of decisions that were better than the others."),
    };
  }
};

/// What one frame teaches.
struct FramePolicyGradient {
  std::vector<double> descent;       ///< of the loss with respect to the logits, one per segment
  std::vector<double> of_pair_head;  ///< the same of the pair head's numbers
  double reward = 0.0;               ///< [nats per hit] of an episode's tracks against no tracks, mean over episodes
  double entropy = 0.0;              ///< [nats] of proposals, mean over agents and steps
  double conflicts = 0.0;            ///< share of the agents that did not get what they proposed
  double margin = 0.0;               ///< [nats] mean over agents: best action's score above the second best's
};

/// Gradient of the expected return of scored_policy on a frame, from config.rollout.rollouts episodes, up to the sign:
/// training descends.
///
/// proposals    -mean_parts mean_i A_i/sd ∇ log π(a_i) - w ∇ entropy, A_i: returns less the other episodes' mean at the
///              same hit, sd: its spread in this part of the detector (one unit for kinks that differ by far)
/// improvement, blackbox    as step_gradients.hpp, in the states that the episodes visit. What an action is worth is
///              reward_e + discount V_j, with the mean return V_j of hit j over the episodes, whoever came by; a critic
///              of frames that are drawn again and again would learn the same.
/// margin       adds α max(0, A_i/sd) (softmax(s_i) - 1[taken]): decisions that were better than the others' are pulled
///              away from the boundary to their alternatives (the bounded form of a cost margin)
///
/// Throws InputError for options out of range, and ("", "reward", value) where every action of the frame is worth the
/// same, so that nothing can be learnt from it. `place.rollout` is not used. Does not depend on threads.
FramePolicyGradient policy_gradient(const Environment& environment, const graph::HitGraph& graph,
                                    const NetworkScores& scores, const GradientConfig& config, const DrawPlace& place);

}  // namespace difftrack::policy
