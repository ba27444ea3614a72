// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::track {

/// The limits of the follower; angles in rad.
struct FollowerConfig {
  double max_score = 0.275;            ///< [rad] a branch grows while its score stays below …
  double always_below = 0.1;           ///< [rad] … or the kink is smaller than this
  double second_child_factor = 0.845;  ///< a second child only if best / second >= this
  double completion_angle = 0.4;       ///< [rad] for completing short tracks at the end
  std::int32_t max_last_layer = 1;     ///< tracks must reach this layer or a shallower one
  std::int32_t max_leaves = 256;       ///< open branches of one tree; the best are kept

  static constexpr auto fields() {
    using core::field;
    using C = FollowerConfig;
    return std::tuple{
        field("max_score", &C::max_score, "rad", core::Range{0.0, 10.0}, "Score below which a branch grows."),
        field("always_below", &C::always_below, "rad", core::Range{0.0, 3.2},
              "Kink below which a branch always grows."),
        field("second_child_factor", &C::second_child_factor, "", core::Range{0.0, 1.0},
              "Ratio of best to second score from which a node gets a second child."),
        field("completion_angle", &C::completion_angle, "rad", core::Range{0.0, 1.5},
              "Largest kink at which an unused hit completes a short track."),
        field("max_last_layer", &C::max_last_layer, "", core::Range{0, 1000},
              "Layer that tracks must reach, or a shallower one."),
        field("max_leaves", &C::max_leaves, "", core::Range{1, 1e6}, "Open branches of one tree."),
    };
  }
};

/// The track follower of the DigitalTrackingCalorimeterToolkit (H. E. S. Pettersen et al., NIM A 860 (2017) 51;
/// Phys. Med. 63 (2019) 87), the classical baseline, from its description:
///   - seeds: each unused hit, deepest layer first; the first segment goes to the next layer upstream, or, if no hit
///     there can be reached, to the one after it;
///   - from the seed upstream: score S = sqrt(S^2 + kink^2); a hit is followed while S < 0.275 rad or kink < 0.1 rad;
///     the best hit and, if its score is at least 0.845 of the second's, the second too, become children;
///   - of the leaves that lie shallowest the one with the smallest score is the track; its hits are used up;
///   - at the end, tracks that stop short of layer 0 are completed by unused hits within 0.4 rad, layer by layer, and
///     only tracks that reach layer 0 or 1 remain.
/// Where the description leaves a choice, ours: the first segment's kink is its angle to the z axis; hits are compared
/// by S. `max_leaves` bounds the tree, which else doubles per layer where scores tie. Track score = exp(-S).
class TrackFollower {
 public:
  TrackFollower() : TrackFollower(FollowerConfig{}) {}
  explicit TrackFollower(const FollowerConfig& config);

  /// Chains of hits, shallow to deep, not yet filtered (filter_tracks); `why_none` is set when there are none.
  event::Tracks operator()(const event::Frame& frame) const;

 private:
  FollowerConfig config_;
};

}  // namespace difftrack::track
