// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/proposals.hpp"

/// Ways to a better joint action of one step that use values of actions instead of draws. All return the direction in
/// which the scores are to rise, per action. `values` [nats] are what an action of an agent is worth, later rewards
/// included.
namespace difftrack::policy {

/// "B", the published comparison: the blackbox derivative of the assignment (Vlastelica et al., ICLR 2020,
/// arXiv:1912.02175) for the loss -Σ Y value,
///   (Y(s + λ value) - Y(s)) / λ,
/// 0 where λ value changes no choice. Throws InputError unless lambda > 0 and the scores fit.
Scores blackbox_direction(const JointChoice& choice, const Scores& scores, const Scores& values, double lambda);

/// "I", policy iteration: towards the joint action that is best under the values, which for values that add over agents
/// is the greedy improvement of the policy, by the perturbed Fenchel–Young loss (Berthet et al., NeurIPS 2020,
/// arXiv:2002.08676),
///   Y(value) - mean_e Y(s + T e),
/// with Gumbel noise e on the scores of all actions; `samples` solves. Throws InputError unless temperature and samples
/// are above 0 and the scores fit.
Scores improvement_direction(const JointChoice& choice, const Scores& scores, const Scores& values, double temperature,
                             std::int32_t samples, const DrawPlace& place);

/// Y as scores: 1 for what is taken, 0 else.
Scores indicator(const JointChoice& choice, std::span<const std::int32_t> taken);
/// The scores with independent Gumbel noise of that temperature, one stream per agent.
Scores with_gumbel(const JointChoice& choice, const Scores& scores, double temperature, const DrawPlace& place);

}  // namespace difftrack::policy
