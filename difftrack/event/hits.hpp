// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"

namespace difftrack::event {

/// Clusters in sensitive layers, one row per hit. Truth columns are optional (empty for real data).
struct Hits {
  std::vector<float> x, y, z;              ///< [mm]
  std::vector<float> edep;                 ///< [MeV]
  std::vector<std::int32_t> layer;         ///< sensitive layer, 0 = first along the beam
  std::vector<std::int32_t> cluster_size;  ///< [pixels]
  std::vector<std::int64_t> id;            ///< unique within one input file, so that tracks can name their hits
  std::vector<std::int64_t> event;         ///< optional truth: label, the primary it descends from; -1 for noise
  std::vector<std::int32_t> run;           ///< optional: the run that numbered the events
  std::vector<std::int32_t> particle;      ///< optional truth: particle within the event
  std::vector<std::int32_t> pdg;           ///< optional truth: Particle Data Group code
  std::vector<std::uint8_t> primary;       ///< optional truth: 1 when left by the primary itself (parent 0)
  std::vector<std::uint8_t> mixed;         ///< optional truth: 1 when pixels of several events are in the cluster
  std::vector<double> arrival;             ///< optional: first time of its event, since the beginning of the run [ns]
  std::vector<float> spot_x, spot_y;       ///< optional: centre of the beam spot [mm]
  std::vector<float> rotation;             ///< optional: of the phantom about the vertical axis [rad]
  /// optional truth: the strongest primary, besides the particle above, that is in the cluster itself, to which the hit
  /// counts, too, by the strict metrics (detector::ClusterPixels, track::TrackTruth); -1: none
  std::vector<std::int64_t> second_event;

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{column_of("x", &Hits::x, "mm", "position"),
                      column_of("y", &Hits::y, "mm", "position"),
                      column_of("z", &Hits::z, "mm", "position along the beam, isocentre = 0"),
                      column_of("edep", &Hits::edep, "MeV", "energy deposited"),
                      column_of("layer", &Hits::layer, "", "sensitive layer, 0 = first along the beam"),
                      column_of("cluster_size", &Hits::cluster_size, "pixels", "size of the cluster"),
                      column_of("id", &Hits::id, "", "number of the hit, unique within one input file"),
                      column_of("event", &Hits::event, "", "the primary it descends from; -1 for noise", Truth),
                      column_of("run", &Hits::run, "", "the run that numbered the events", Optional),
                      column_of("particle", &Hits::particle, "", "particle within the event", Truth),
                      column_of("pdg", &Hits::pdg, "", "Particle Data Group code", Truth),
                      column_of("primary", &Hits::primary, "", "1 when left by the primary itself", Truth),
                      column_of("mixed", &Hits::mixed, "", "1 when pixels of several events are in the cluster", Truth),
                      column_of("arrival", &Hits::arrival, "ns", "first time of its event in the run", Optional),
                      column_of("spot_x", &Hits::spot_x, "mm", "centre of the beam spot", Optional),
                      column_of("spot_y", &Hits::spot_y, "mm", "centre of the beam spot", Optional),
                      column_of("rotation", &Hits::rotation, "rad", "of the phantom about the vertical axis", Optional),
                      column_of("second_event", &Hits::second_event, "",
                                "a primary besides its particle that is in the cluster itself; -1: none", Shared)};
  }

  std::size_t size() const { return x.size(); }
  bool has_truth() const { return !event.empty(); }
  bool has_spot() const { return !spot_x.empty(); }
  /// Whether hits i and j are of one event: the key of an event is (run, event).
  bool same_event(std::size_t i, std::size_t j) const {
    return event[i] == event[j] && (run.empty() || run[i] == run[j]);
  }
};

}  // namespace difftrack::event
