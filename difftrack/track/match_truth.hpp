// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::track {

/// What truth says about one track. A label is the event (primary) that a hit descends from.
struct TrackTruth {
  std::int64_t label = -1;      ///< the most frequent label among its hits; the smallest of equally frequent ones
  std::int32_t n_hits = 0;      ///< hits of the track
  std::int32_t n_label = 0;     ///< of these, hits with that label
  std::int32_t n_particle = 0;  ///< of these, hits left by the primary particle itself
  bool all_primary = false;     ///< every hit was left by some primary particle
  double completeness = 0.0;    ///< n_particle / hits that the primary particle left in the frame; 0 without any
  bool one_label() const { return n_label == n_hits; }
  bool one_particle() const { return n_particle == n_hits; }  ///< all hits from one and the same primary particle
};

/// What truth says about one primary (event) with at least one hit in the frame.
struct PrimaryTruth {
  std::int64_t label = -1;
  std::int32_t n_hits = 0;       ///< all hits with this label, secondaries' included
  std::int32_t n_particle = 0;   ///< hits of the primary particle itself
  bool reconstructable = false;  ///< the primary particle's own hits would pass the track filter
  bool all_primary() const { return n_particle == n_hits; }
};

/// One per track, in order. Throws core::InputError when the frame has no truth.
std::vector<TrackTruth> match_truth(const event::Frame& frame, const event::Tracks& tracks);

/// One per label >= 0, ascending. Reconstructable: at least `min_track_hits` hits of the primary particle, the deepest
/// of which deposits more than `last_hit_edep`. Throws core::InputError when the frame has no truth.
std::vector<PrimaryTruth> primaries(const event::Frame& frame, const detector::Thresholds& thresholds);

}  // namespace difftrack::track
