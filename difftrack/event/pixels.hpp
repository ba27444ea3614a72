// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"

namespace difftrack::event {

/// Fired pixels, one row per pixel and readout. Truth columns are optional (empty for real data).
struct Pixels {
  std::vector<std::int32_t> frame;     ///< readout number
  std::vector<std::int32_t> layer;     ///< sensitive layer, 0 = first along the beam
  std::vector<std::int32_t> column;    ///< pixel index along x
  std::vector<std::int32_t> row;       ///< pixel index along y
  std::vector<std::int64_t> event;     ///< optional truth: primary that left most of the charge; -1 for noise
  std::vector<std::int32_t> particle;  ///< optional truth: particle within the event
  std::vector<std::int32_t> parent;    ///< optional truth: the particle that made it; 0 for the primary
  std::vector<std::int32_t> pdg;       ///< optional truth: Particle Data Group code
  std::vector<float> edep;             ///< optional truth: energy deposited under this pixel [MeV]
  /// optional truth: primary, other than the particle above, that alone would have fired the pixel; -1: none
  std::vector<std::int64_t> second_event;

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{
        column_of("frame", &Pixels::frame, "", "readout number"),
        column_of("layer", &Pixels::layer, "", "sensitive layer, 0 = first along the beam"),
        column_of("column", &Pixels::column, "pixels", "pixel index along x"),
        column_of("row", &Pixels::row, "pixels", "pixel index along y"),
        column_of("event", &Pixels::event, "", "primary that left most of the charge; -1 for noise", Truth),
        column_of("particle", &Pixels::particle, "", "particle within the event", Truth),
        column_of("parent", &Pixels::parent, "", "the particle that made it; 0 for the primary", Truth),
        column_of("pdg", &Pixels::pdg, "", "Particle Data Group code", Truth),
        column_of("edep", &Pixels::edep, "MeV", "energy deposited under this pixel", Truth),
        column_of("second_event", &Pixels::second_event, "",
                  "primary, other than that particle, that would have fired it alone; -1: none", Shared)};
  }

  std::size_t size() const { return frame.size(); }
  bool has_truth() const { return !event.empty(); }
};

}  // namespace difftrack::event
