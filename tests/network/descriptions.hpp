// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "difftrack/network/description.hpp"

namespace difftrack::network {

/// Networks that no kernels were made for: every option away from the published one, in both graphs.
inline std::vector<std::pair<std::string, Description>> odd_descriptions() {
  std::vector<std::pair<std::string, Description>> all;
  const auto add = [&](const std::string& name, auto&& change) {
    Description description;
    change(description);
    all.emplace_back(name, description);
  };
  add("Hidden12", [](auto& d) { d.hidden = 12; });
  add("TwoSteps", [](auto& d) { d.message_steps = 2; });
  add("FourStepsMeanWidths", [](auto& d) {
    d.message_steps = 4, d.aggregation = Aggregation::Mean, d.hidden = 8, d.message_width = 5, d.node_width = 7;
  });
  add("SumPlainAngle", [](auto& d) { d.aggregation = Aggregation::Sum, d.frequencies = 0; });
  add("DirectionFeatures", [](auto& d) { d.features = "direction,edep", d.frequencies = 6, d.encoding_scale = 0.1; });
  add("HitGraph", [](auto& d) { d.network = NetworkKind::HitGraph, d.hidden = 16; });
  add("HitGraphThreeStepsSum", [](auto& d) {
    d.network = NetworkKind::HitGraph, d.message_steps = 3, d.aggregation = Aggregation::Sum, d.node_width = 9;
  });
  add("HitGraphEncodedWithEdep", [](auto& d) {
    d.network = NetworkKind::HitGraph, d.features = "position,edep", d.frequencies = 5, d.encoding_scale = 0.05,
    d.message_width = 11;
  });
  return all;
}

}  // namespace difftrack::network
