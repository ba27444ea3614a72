// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/pair_sweep.hpp"
#include "difftrack/track/proton_expectation.hpp"

namespace difftrack::policy {

/// How a policy goes through a frame.
struct PolicyConfig {
  Order order = Order::Calorimeter;

  static constexpr auto fields() {
    return std::tuple{core::field("order", &PolicyConfig::order, "", "Which pairs of layers are decided first.")};
  }
};

/// Tracks by the policy without parameters: at every step the joint action of the highest reward, under a likelihood.
/// What learning has to beat.
class PolicyAssignment {
 public:
  /// Throws InputError for options out of range.
  PolicyAssignment(const detector::Detector& detector, track::Likelihood likelihood, const PolicyConfig& config,
                   const track::PhysicsConfig& physics);

  /// Safe to call from several threads. Throws InputError for a frame with more layers than detector or likelihood.
  track::SegmentAssignment operator()(const event::Frame& frame, const graph::HitGraph& graph) const;

 private:
  track::Likelihood likelihood_;
  PolicyConfig config_;
  track::ProtonExpectation expectation_;
  std::int32_t first_layer_;  // first one of the calorimeter
};

}  // namespace difftrack::policy
