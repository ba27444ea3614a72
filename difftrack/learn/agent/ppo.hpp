// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/learn/agent/agent_environment.hpp"

namespace difftrack::learn {

/// What becomes of advantages and returns.
enum class AgentCredit : std::uint8_t { Swapped, Proper };
/// Their names.
constexpr core::Choices<AgentCredit, 2> choices(AgentCredit) {
  return {{{AgentCredit::Swapped, "swapped", "as published, the critic learns advantages and returns weigh actions"},
           {AgentCredit::Proper, "proper", "the critic learns returns and advantages weigh actions"}}};
}

/// Proximal policy optimisation (Schulman et al., arXiv:1707.06347) of the single agent; defaults as published.
struct PpoConfig {
  AgentReward reward = AgentReward::Published;
  AgentCredit credit = AgentCredit::Swapped;
  bool normalise_advantages = false;
  bool clip_gradient = false;
  bool pessimistic_value = false;
  std::int32_t walkers = 64;
  std::int32_t epochs = 8;
  std::int32_t draws = 1024;
  std::int32_t minibatch = 512;
  double discount = 0.99;
  double trace = 0.95;
  double clip = 0.2;
  double entropy = 1e-3;
  double gradient_norm = 0.5;

  static constexpr auto fields() {
    using C = PpoConfig;
    using core::field;
    return std::tuple{
        field("reward", &C::reward, "", "Reward of a step."),
        field("credit", &C::credit, "", "Roles of advantages and returns."),
        field("normalise_advantages", &C::normalise_advantages, "", "Advantages over their deviation in a minibatch."),
        field("clip_gradient", &C::clip_gradient, "", "Gradients cut at gradient_norm; published code means to."),
        field("pessimistic_value", &C::pessimistic_value, "",
              "The larger of clipped and plain loss of values; published: the clipped one."),
        field("walkers", &C::walkers, "", {1, 1e5}, "Number of walkers of a frame."),
        field("epochs", &C::epochs, "", {1, 1000}, "Number of draws from the transitions of a frame."),
        field("draws", &C::draws, "", {1, 1e6}, "Largest number of transitions of a draw, with replacement."),
        field("minibatch", &C::minibatch, "", {1, 1e6}, "Number of transitions of one step of the optimiser."),
        field("discount", &C::discount, "", {0, 1}, "Discount of later rewards, gamma."),
        field("trace", &C::trace, "", {0, 1}, "Weight of later errors of the critic, lambda."),
        field("clip", &C::clip, "", {1e-3, 10}, "Largest change of a probability's ratio, and of a value."),
        field("entropy", &C::entropy, "", {0, 10}, "Weight of the entropy."),
        field("gradient_norm", &C::gradient_norm, "", {1e-6, 1e6}, "Norm at which gradients are cut.")};
  }
};

/// Part of the detector that a decision at `layer` belongs to: 0 calorimeter (3 and deeper), 1 into the tracker (2),
/// 2 tracker.
constexpr std::int32_t agent_part(std::int32_t layer) { return layer >= 3 ? 0 : layer == 2 ? 1 : 2; }
inline constexpr std::size_t kAgentParts = 3;

/// Rewards less their mean over their deviation, each part of the detector for itself; `layer` one per reward.
std::vector<double> standardised_by_part(const std::vector<double>& rewards, const std::vector<std::int32_t>& layer);

/// Generalised advantage estimates (Schulman et al., arXiv:1506.02438) of one walk, whose value at the end is 0:
///   A_t = δ_t + γλ A_{t+1},   δ_t = r_t + γ V_{t+1} - V_t.
std::vector<double> generalised_advantages(const std::vector<double>& rewards, const std::vector<double>& values,
                                           double discount, double trace);

/// What the critic learns and what weighs actions, of one walk.
struct AgentTargets {
  std::vector<double> value;   ///< proper: A + V; swapped: A
  std::vector<double> weight;  ///< proper: A; swapped: A + V
};
/// Swapped, a critic that has learnt its target holds V_t = A_t = r_t/2 + (γ(1+λ)/2) A_{t+1}, so that actions are
/// weighed with 2A, the plain return with discount γ(1+λ)/2 and no baseline.
AgentTargets targets_of(const std::vector<double>& rewards, const std::vector<double>& values, const PpoConfig& config);

/// One decision that was made.
struct AgentTransition {
  AgentMove move;
  std::int32_t next = 0;   ///< hit that was chosen
  std::int32_t layer = 0;  ///< of the hit it was chosen at
  float log_probability = 0.0F, value = 0.0F;
  double reward = 0.0;  ///< as the environment gives it
  double target = 0.0;  ///< of the value
  double weight = 0.0;  ///< of the action
};

class AgentNetwork;
class AdamState;

/// Walks a frame with actions drawn from the policy, rewards them and says what to learn of each: transitions walk by
/// walk, from deep to shallow. Random numbers are a function of seed, iteration, walker and layer.
std::vector<AgentTransition> roll_out_agent(AgentNetwork& network, const event::Frame& frame,
                                            const detector::Detector& detector, const PpoConfig& config,
                                            std::uint64_t seed, std::int64_t iteration);

/// The epochs of one iteration. Draws favour parts of the detector with fewer transitions, by (N - n_part) / N; each
/// term of the loss is the mean of two means, of steps to layers below 3 and of the others. Returns the mean loss.
double update_agent(AgentNetwork& network, AdamState& adam, const event::Frame& frame,
                    const detector::Detector& detector, const std::vector<AgentTransition>& transitions,
                    const PpoConfig& config, double rate, std::uint64_t seed, std::int64_t iteration);

}  // namespace difftrack::learn
