// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::track {

/// What truth says about one track. A label is the event (primary) that a hit descends from.
///
/// A cluster that two primaries share is a hit of both: it names the particle with most energy (`event`, `primary`) and
/// one further primary (`second_event`), and to go through it is right for either. It is asked for of the first alone:
/// a primary's own hits, of which its track is to hold nine tenths and which make it reconstructable, are those named
/// after it. So every hit is asked for of one primary at most, every track finds one at most, and the denominators are
/// those of hits without a second event. With three primaries in a cluster the third is still wrong to go through it.
struct TrackTruth {
  std::int64_t label = -1;      ///< the most frequent label among its hits; the smallest of equally frequent ones
  std::int32_t n_hits = 0;      ///< hits of the track
  std::int32_t n_label = 0;     ///< of these, hits with that label
  std::int64_t primary = -1;    ///< event of the primary it is judged for: the label, unless all hits are another's
  std::int32_t n_particle = 0;  ///< hits named after that primary's particle itself
  std::int32_t n_shared = 0;    ///< further hits of which it is the second event
  bool all_primary = false;     ///< every hit was left by some primary particle
  double completeness = 0.0;    ///< n_particle / hits named after the particle in the frame; 0 without any
  bool one_label() const { return n_label == n_hits; }
  bool one_particle() const { return n_particle + n_shared == n_hits; }  ///< all hits are of the same primary particle
};

/// What truth says about one primary (event) with at least one hit in the frame.
struct PrimaryTruth {
  std::int64_t label = -1;
  std::int32_t n_hits = 0;       ///< all hits with this label, secondaries' included
  std::int32_t n_particle = 0;   ///< of these, hits of the primary particle itself
  bool reconstructable = false;  ///< the primary particle's own hits would pass the track filter
  bool all_primary() const { return n_particle == n_hits; }
};

/// One per track, in order. Throws core::InputError when the frame has no truth.
std::vector<TrackTruth> match_truth(const event::Frame& frame, const event::Tracks& tracks);

/// One per label >= 0, ascending; second events do not count (TrackTruth). Reconstructable: at least `min_track_hits`
/// hits of the primary particle, the deepest of which deposits more than `last_hit_edep`. Throws core::InputError when
/// the frame has no truth.
std::vector<PrimaryTruth> primaries(const event::Frame& frame, const detector::Thresholds& thresholds);

}  // namespace difftrack::track
