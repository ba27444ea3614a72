// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/joint_search.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/joint/link_confidence.hpp"
#include "difftrack/track/proton_expectation.hpp"

namespace difftrack::track {

/// What is asked of a joint decision.
struct JointConfig {
  double min_confidence = 0.8;  ///< chosen by strict F1 on simulated validation frames (docs/joint.md#confidence)
  JointSearchConfig search = {};

  static constexpr auto fields() {
    return std::tuple{core::field("min_confidence", &JointConfig::min_confidence, "", core::Range{0.0, 1.0},
                                  "Probability below which a link between two hits is left out; 0: none."),
                      core::part(&JointConfig::search)};
  }
};

/// What was decided of a frame.
struct JointDecision {
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment
  std::vector<float> scores;           ///< probability to be right of the assigned segments, 0 of others
  LinkConfidence confidence;           ///< of links and chains, by hits
  JointSearchCounts counts;            ///< what the search did
};

/// Decides all hits of a frame together: the answer of lowest energy under a likelihood (FrameEnergy), searched from a
/// sweep through the layers (lower_energy), without the links that are doubtful then (link_confidence).
///
/// The search is no proof: exchanges of four and more chains at once are not tried, nor of three that are not close.
/// What that costs is measured in docs/limit.md.
class JointAssignment {
 public:
  /// Throws InputError for options out of range.
  JointAssignment(const detector::Detector& detector, Likelihood likelihood, const JointConfig& config,
                  const PhysicsConfig& physics);

  /// Safe to call from several threads. Throws InputError for a frame with more layers than detector or likelihood.
  JointDecision operator()(const event::Frame& frame, const graph::HitGraph& graph) const;

 private:
  Likelihood likelihood_;
  JointConfig config_;
  ProtonExpectation expectation_;
  std::int32_t first_layer_;  // first one of the calorimeter, where the sweep begins
};

}  // namespace difftrack::track
