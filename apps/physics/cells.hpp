// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/simulate/acceptance.hpp"
#include "difftrack/simulate/config.hpp"

namespace difftrack::physics {

/// One cell of the published table: mean hits and kept segments per frame (docs/method.md section 2).
struct Cell {
  int water;             ///< [mm]
  int per_frame;         ///< events in a frame
  double hits, hits_sd;  ///< published
  double segments, segments_sd;
  double own_hits = 0.0, own_hits_sd = 0.0, own_segments = 0.0, own_segments_sd = 0.0;
};

/// Simulates `config` behind 100, 150 and 200 mm of water and counts all nine cells: steps merged as published, frames
/// of 50, 100 and 150 events that left hits, segments below the published angles.
std::vector<Cell> measure_cells(simulate::SimulationConfig config);

/// Hits within 3 %, kept segments within 10 %.
std::vector<simulate::Check> check_cells(const std::vector<Cell>& cells);

}  // namespace difftrack::physics
