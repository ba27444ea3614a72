// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/core/ragged.hpp"

namespace difftrack::event {

/// What the track filter made of the chains that came in, in one frame or in many.
struct TrackCuts {
  std::int64_t chains = 0;          ///< that came in
  std::int64_t hits = 0;            ///< on them
  std::int64_t too_short = 0;       ///< chains dropped for their number of hits
  std::int64_t too_short_hits = 0;  ///< hits on those
  std::int64_t faint_end = 0;       ///< of the chains that are long enough, dropped for the energy of their last hit
  std::int64_t doubtful = 0;        ///< of what is left then, dropped for their confidence

  /// Adds the counts of another frame.
  TrackCuts& operator+=(const TrackCuts& other) {
    chains += other.chains;
    hits += other.hits;
    too_short += other.too_short;
    too_short_hits += other.too_short_hits;
    faint_end += other.faint_end;
    doubtful += other.doubtful;
    return *this;
  }
};

/// Reconstructed tracks of one frame: per track its hits (indices into the frame), shallow to deep.
struct Tracks {
  core::Ragged<std::int32_t> hits;  ///< one row per track
  std::vector<float> score;         ///< mean segment score of the track in [0, 1], one per track
  std::vector<float> confidence;  ///< probability that all its hits are of one proton of the beam, one per track; empty
                                  ///< where a method does not tell
  std::string why_none;           ///< the reason when there is no track
  TrackCuts cuts;                 ///< of the filter that they have passed; zero before it

  std::size_t size() const { return hits.size(); }
};

}  // namespace difftrack::event
