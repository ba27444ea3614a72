// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::event {

/// Energy deposits of simulated particles in sensitive layers, one row per step. All columns have one entry per
/// row, except those marked optional, which are empty when the source has none.
struct Steps {
  std::vector<std::int32_t> event;    ///< number of the primary particle
  std::vector<std::int32_t> track;    ///< optional: particle within the event
  std::vector<std::int32_t> parent;   ///< optional: track that made it; 0 for the primary
  std::vector<std::int32_t> pdg;      ///< optional: Particle Data Group code
  std::vector<std::uint8_t> process;  ///< optional: what made the particle (simulate/process.hpp)
  std::vector<std::int32_t> layer;    ///< sensitive layer, 0 = first along the beam
  std::vector<float> x, y, z;         ///< [mm]
  std::vector<float> edep;            ///< [MeV]
  std::vector<float> spot_x, spot_y;  ///< optional: centre of the beam spot [mm]

  std::size_t size() const { return event.size(); }
  bool has_truth() const { return !track.empty() && !parent.empty(); }
};

}  // namespace difftrack::event
