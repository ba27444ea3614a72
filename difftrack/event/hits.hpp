// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::event {

/// Clusters in sensitive layers, one row per hit. Truth columns are optional (empty for real data).
struct Hits {
  std::vector<float> x, y, z;              ///< [mm]
  std::vector<float> edep;                 ///< [MeV]
  std::vector<std::int32_t> layer;         ///< sensitive layer, 0 = first along the beam
  std::vector<std::int32_t> cluster_size;  ///< [pixels]
  std::vector<std::int64_t> id;            ///< unique within one input file, so that tracks can name their hits
  std::vector<std::int32_t> event;         ///< optional truth: label, the primary it descends from; -1 for noise
  std::vector<std::int32_t> track;         ///< optional truth: particle within the event
  std::vector<std::int32_t> pdg;           ///< optional truth: Particle Data Group code
  std::vector<std::uint8_t> primary;       ///< optional truth: 1 when left by the primary itself (parent 0)
  std::vector<std::uint8_t> mixed;         ///< optional truth: 1 when pixels of several events are in the cluster
  std::vector<float> spot_x, spot_y;       ///< optional: centre of the beam spot [mm]

  std::size_t size() const { return x.size(); }
  bool has_truth() const { return !event.empty(); }
  bool has_spot() const { return !spot_x.empty(); }

  /// Appends hit `i` of `other`; both have the same optional columns.
  void append(const Hits& other, std::size_t i);
};

}  // namespace difftrack::event
