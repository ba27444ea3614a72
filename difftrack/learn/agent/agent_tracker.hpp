// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <tuple>

#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

namespace difftrack::learn {

class AgentNetwork;

/// How a track's first step is found.
enum class AgentSeeds : std::uint8_t { Truth, Beam };
/// Their names.
constexpr core::Choices<AgentSeeds, 2> choices(AgentSeeds) {
  return {{{AgentSeeds::Truth, "truth", "a hit of the same event, as published"},
           {AgentSeeds::Beam, "beam", "the hit straightest along the beam"}}};
}

/// Whether tracks may share hits.
enum class AgentAssignment : std::uint8_t { Shared, Unique };
/// Their names.
constexpr core::Choices<AgentAssignment, 2> choices(AgentAssignment) {
  return {{{AgentAssignment::Shared, "shared", "each walker takes its likeliest hit, as published"},
           {AgentAssignment::Unique, "unique", "an assignment per layer, no hit twice"}}};
}

/// How an agent tracks.
struct AgentTrackerConfig {
  AgentSeeds seeds = AgentSeeds::Beam;
  AgentAssignment assignment = AgentAssignment::Unique;
  double seed_spread = 0.1;
  double leave_cost = 4.6;
  std::int32_t last_start = 5;
  double max_kink = 0.271;

  static constexpr auto fields() {
    using C = AgentTrackerConfig;
    using core::field;
    return std::tuple{
        field("seeds", &C::seeds, "", "Origin of a track's first step."),
        field("assignment", &C::assignment, "", "Way from probabilities to steps."),
        field("seed_spread", &C::seed_spread, "rad", {1e-4, 3},
              "Angle of first steps to the beam, per projection, beside which walkers compete."),
        field("leave_cost", &C::leave_cost, "", {0, 100},
              "Cost of a walker that ends, against -ln of its probability."),
        field("last_start", &C::last_start, "", {1, 1000}, "Shallowest layer in which tracks start."),
        field("max_kink", &C::max_kink, "rad", {0, 3.2}, "Kink from which on a track is dropped; 0: no such cut.")};
  }
};

/// Tracking by a trained single agent: walkers start at all hits of the deepest layer and, as deep as `last_start`, at
/// every hit of a layer that no walker took; all go upstream together, a layer at a time.
///
/// Each has a probability for every hit of the next layer: of its first step exp(-θ²/(2 seed_spread²)), θ the angle to
/// the z axis, or truth, else the policy's. Shared: every walker takes its likeliest hit. Unique: assign::FreeLap with
/// costs -ln of the probabilities; a walker ends for leave_cost where others are nearer to what it wants. Published:
/// seeds truth, hits shared.
///
/// One frame is tracked on one thread; frames may be tracked side by side.
class AgentTracker {
 public:
  /// Throws InputError for options out of range.
  AgentTracker(std::shared_ptr<AgentNetwork> network, const detector::Detector& detector,
               const AgentTrackerConfig& config);

  /// Chains of at least two hits, shallow to deep, before any filter; score = mean probability of the steps. Throws
  /// InputError for seeds from truth in a frame without.
  event::Tracks operator()(const event::Frame& frame) const;
  /// The published filter: without chains that have a kink of max_kink or more, then track::filter_tracks. `cuts`
  /// counts all chains that came in.
  event::Tracks filtered(const event::Frame& frame, const event::Tracks& chains) const;

 private:
  std::shared_ptr<AgentNetwork> network_;
  detector::Detector detector_;
  AgentTrackerConfig config_;
};

/// The same as a way from a frame to its tracks.
class AgentReconstruction final : public reconstruct::ReconstructFrame {
 public:
  explicit AgentReconstruction(AgentTracker tracker) : tracker_(std::move(tracker)) {}
  reconstruct::FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  AgentTracker tracker_;
};

}  // namespace difftrack::learn
