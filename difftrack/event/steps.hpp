// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"

namespace difftrack::event {

/// Energy deposits of simulated particles in sensitive layers, one row per step. All columns have one entry per
/// row, except those marked optional, which are empty when the source has none.
struct Steps {
  std::vector<std::int64_t> event;    ///< number of the primary particle, unique within its run
  std::vector<std::int32_t> run;      ///< optional: the run or job that numbered the events
  std::vector<std::int32_t> track;    ///< optional: particle within the event
  std::vector<std::int32_t> parent;   ///< optional: track that made it; 0 for the primary
  std::vector<std::int32_t> pdg;      ///< optional: Particle Data Group code
  std::vector<float> x, y, z;         ///< [mm]
  std::vector<float> edep;            ///< [MeV]
  std::vector<std::int32_t> layer;    ///< sensitive layer, 0 = first along the beam
  std::vector<std::uint8_t> process;  ///< optional: what made the particle (simulate/process.hpp)
  std::vector<double> time;           ///< optional: since the beginning of the run [ns]
  std::vector<float> spot_x, spot_y;  ///< optional: centre of the beam spot [mm]
  std::vector<float> rotation;        ///< optional: of the phantom about the vertical axis [rad]
  /// optional truth, of a file whose rows are hits: a primary besides the particle that is in the cluster; -1: none
  std::vector<std::int64_t> second_event;

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{
        column_of("event", &Steps::event, "", "number of the primary particle, unique within its run"),
        column_of("run", &Steps::run, "", "the run or job that numbered the events", Optional),
        column_of("track", &Steps::track, "", "particle within the event", Truth),
        column_of("parent", &Steps::parent, "", "track that made it; 0 for the primary", Truth),
        column_of("pdg", &Steps::pdg, "", "Particle Data Group code", Truth),
        column_of("x", &Steps::x, "mm", "position"),
        column_of("y", &Steps::y, "mm", "position"),
        column_of("z", &Steps::z, "mm", "position along the beam, isocentre = 0"),
        column_of("edep", &Steps::edep, "MeV", "energy deposited"),
        column_of("layer", &Steps::layer, "", "sensitive layer, 0 = first along the beam"),
        column_of("process", &Steps::process, "", "what made the particle", Truth),
        column_of("time", &Steps::time, "ns", "since the beginning of the run", Optional),
        column_of("spot_x", &Steps::spot_x, "mm", "centre of the beam spot", Optional),
        column_of("spot_y", &Steps::spot_y, "mm", "centre of the beam spot", Optional),
        column_of("rotation", &Steps::rotation, "rad", "of the phantom about the vertical axis", Optional),
        column_of("second_event", &Steps::second_event, "",
                  "of rows that are hits: a primary besides the particle that is in the cluster itself; -1: none",
                  Shared)};
  }

  std::size_t size() const { return event.size(); }
  bool has_truth() const { return !track.empty() && !parent.empty(); }
  /// Whether rows i and j are of one event: the key of an event is (run, event).
  bool same_event(std::size_t i, std::size_t j) const {
    return event[i] == event[j] && (run.empty() || run[i] == run[j]);
  }
};

}  // namespace difftrack::event
