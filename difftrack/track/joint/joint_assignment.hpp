// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/joint_search.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/joint/link_confidence.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// What is asked of a joint decision.
struct JointConfig {
  // Both chosen by strict F1 on simulated validation frames (docs/joint.md#confidence, docs/joint.md#helium).
  double min_confidence = 0.8;                      ///< of a link
  std::optional<double> min_track_confidence = {};  ///< of a track; none: least_confidence()
  double missing_hits = 5e-4;                       ///< probability of none in a plane that is crossed
  JointSearchConfig search = {};

  static constexpr auto fields() {
    return std::tuple{
        core::field("min_confidence", &JointConfig::min_confidence, "", core::Range{0.0, 1.0},
                    "Probability below which a link between two hits is left out; 0: none."),
        core::field(
            "min_track_confidence", &JointConfig::min_track_confidence, "", core::Range{0.0, 1.0},
            "Probability below which a track is left out; auto: 0.3 of protons, 0.8 of helium, 0 of a policy's."),
        core::field("missing_hits", &JointConfig::missing_hits, "", core::Range{0.0, 0.5},
                    "Probability that a particle leaves no hit in a plane; 0: tracks end there."),
        core::part(&JointConfig::search)};
  }

  /// Probability below which a track of such a beam is left out. Helium breaks up twice as often as protons end, and
  /// its fragments fly on along its way.
  double least_confidence(matter::BeamParticle particle) const {
    return min_track_confidence.value_or(particle == matter::BeamParticle::Helium ? 0.8 : 0.3);
  }
};

/// What was decided of a frame.
struct JointDecision {
  graph::HitGraph graph;               ///< that was given, and the segments it was widened by
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment of that graph
  std::vector<float> scores;           ///< probability to be right of the assigned segments, 0 of others
  std::vector<Bridge> bridges;         ///< over planes without a hit of their own
  LinkConfidence confidence;           ///< of links, bridges and chains, by hits
  JointSearchCounts counts;            ///< what the search did
};

/// The answer of lowest energy that a search has found, and what it was searched in.
struct JointState {
  graph::HitGraph graph;  ///< that was given, and the segments it was widened by
  FrameEnergy energy;
  Links links;
  JointSearchCounts counts;
};

/// Decides all hits of a frame together: the answer of lowest energy under a likelihood (FrameEnergy), searched from a
/// sweep through the layers (lower_energy), without the links that are doubtful then (link_confidence). What the
/// angular filter leaves open is joined up to the likelihood's own angle: hits without a link on a side, or with one
/// that gains less than 10 nats, get segments up to it (graph::widen_hit_graph), and the search goes on with these.
///
/// Last, chains are joined over planes in which their particle has no hit of its own (find_bridges).
///
/// The search is no proof: exchanges of four and more chains at once are not tried, nor of three that are not close.
/// What that costs is measured in docs/limit.md.
class JointAssignment {
 public:
  /// Throws InputError for options out of range.
  JointAssignment(const detector::Detector& detector, Likelihood likelihood, const JointConfig& config,
                  const PhysicsConfig& physics);

  /// conclude(search()). All of these are safe to call from several threads, and throw InputError for a frame with more
  /// layers than detector or likelihood.
  JointDecision operator()(const event::Frame& frame, graph::HitGraph graph) const;
  /// Widens the graph and finds the answer of lowest energy.
  JointState search(const event::Frame& frame, graph::HitGraph graph) const;
  /// Searches on from a state whose costs have changed.
  void search_on(const event::Frame& frame, JointState& state) const;
  /// Probabilities, doubtful links taken out, planes without a hit bridged.
  JointDecision conclude(const event::Frame& frame, JointState state) const;

 private:
  void join_over_planes(const event::Frame& frame, const FrameEnergy& energy, const Links& whole, const Links& links,
                        JointDecision& decision) const;
  void widen(const event::Frame& frame, JointState& state) const;

  Likelihood likelihood_;
  JointConfig config_;
  TransportExpectation expectation_;
  graph::HitGraphConfig wider_;  // the detector's angular filter, opened to the likelihood's angle
  double pitch_;                 // [mm]
  std::int32_t first_layer_;     // first one of the calorimeter, where the sweep begins
};

}  // namespace difftrack::track
