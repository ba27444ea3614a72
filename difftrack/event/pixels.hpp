// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::event {

/// Fired pixels, one row per pixel and readout. Truth columns are optional (empty for real data).
struct Pixels {
  std::vector<std::int32_t> frame;   ///< readout number
  std::vector<std::int32_t> layer;   ///< sensitive layer, 0 = first along the beam
  std::vector<std::int32_t> column;  ///< pixel index along x
  std::vector<std::int32_t> row;     ///< pixel index along y
  std::vector<std::int32_t> event;   ///< optional truth: primary that left most of the charge; -1 for noise
  std::vector<std::int32_t> track;   ///< optional truth: particle within the event
  std::vector<std::int32_t> parent;  ///< optional truth: its parent track; 0 for the primary
  std::vector<std::int32_t> pdg;     ///< optional truth: Particle Data Group code
  std::vector<float> edep;           ///< optional truth: energy deposited under this pixel [MeV]

  std::size_t size() const { return frame.size(); }
  bool has_truth() const { return !event.empty(); }
};

}  // namespace difftrack::event
