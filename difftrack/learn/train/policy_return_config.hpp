// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/policy/policy_gradient.hpp"

namespace difftrack::learn {

/// Table [policy] of an experiment (policy_return.hpp).
struct PolicyReturnConfig {
  std::string likelihood = "";
  policy::Order order = policy::Order::Calorimeter;
  double reward_weight = 1.0;
  policy::GradientConfig gradient = {};

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("likelihood", &PolicyReturnConfig::likelihood, "",
              "Likelihood that rewards are made of: a file or a shipped name; empty: the detector's."),
        field("order", &PolicyReturnConfig::order, "", "Which pairs of layers are decided first."),
        field("reward_weight", &PolicyReturnConfig::reward_weight, "", core::Range{0.0, 100.0},
              "Weight of the reward in an action's score, beside the network's; 0: the network alone decides."),
        core::part(&PolicyReturnConfig::gradient),
    };
  }
};

}  // namespace difftrack::learn
