// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/track/joint/decision_gradient.hpp"

namespace difftrack::learn {

/// Table [joint] of an experiment (joint_residual.hpp).
struct JointResidualConfig {
  std::string likelihood = "";
  double gate = 15.0;  ///< [nats]
  track::DecisionGradientConfig gradient = {};

  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("likelihood", &JointResidualConfig::likelihood, "",
              "Likelihood of the decision: a file or a shipped name; empty: the detector's."),
        field("gate", &JointResidualConfig::gate, "", core::Range{0.0, 1e3},
              "Nats of a move below which what it would put in place of the decision is seen, too."),
        core::part(&JointResidualConfig::gradient),
    };
  }
};

}  // namespace difftrack::learn
