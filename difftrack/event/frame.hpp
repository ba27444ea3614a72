// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/event/hits.hpp"

namespace difftrack::event {

/// One readout: hits ordered by layer, deepest first; no empty layer among them.
///
/// Layer L holds hits [begin(L), end(L)); layers run from 0 to n_layers() - 1 without a gap, because layers behind
/// the first empty one are dropped when the frame is built.
struct Frame {
  std::int64_t index = 0;                 ///< number of the frame in its file
  std::int32_t n_events = 0;              ///< primaries grouped into it; 0 when unknown (real data)
  std::int32_t run = -1;                  ///< of all its events; -1 where the file has no runs
  std::int32_t n_cut_off = 0;             ///< hits that were dropped because they lie behind the first empty layer
  bool has_spot = false;                  ///< all its events belong to the beam spot below
  float spot_x = 0.0F, spot_y = 0.0F;     ///< centre of the beam spot [mm]
  bool has_rotation = false;              ///< all its events were taken at the rotation below
  float rotation = 0.0F;                  ///< of the phantom about the vertical axis [rad]
  Hits hits;                              ///< layer descending
  std::vector<std::int32_t> group_begin;  ///< n_layers + 1 entries; group g is layer n_layers - 1 - g
  std::string why_empty;                  ///< the reason when there is no hit, for "no tracks" messages

  std::int32_t n_layers() const { return group_begin.empty() ? 0 : static_cast<std::int32_t>(group_begin.size()) - 1; }
  std::int32_t begin(std::int32_t layer) const { return group_begin[static_cast<std::size_t>(n_layers() - 1 - layer)]; }
  std::int32_t end(std::int32_t layer) const { return group_begin[static_cast<std::size_t>(n_layers() - layer)]; }
};

}  // namespace difftrack::event
