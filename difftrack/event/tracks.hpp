// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/core/ragged.hpp"

namespace difftrack::event {

/// Reconstructed tracks of one frame: per track its hits (indices into the frame), shallow to deep.
struct Tracks {
  core::Ragged<std::int32_t> hits;  ///< one row per track
  std::vector<float> score;         ///< mean segment score of the track in [0, 1], one per track
  std::string why_none;             ///< the reason when there is no track

  std::size_t size() const { return hits.size(); }
};

}  // namespace difftrack::event
