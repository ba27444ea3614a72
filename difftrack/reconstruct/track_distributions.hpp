// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"

namespace difftrack::reconstruct {

/// One layer of the tracks of a file, beside what physics expects of the same tracks. NaN: nothing to take it from.
struct LayerDistribution {
  double wet = 0.0;               ///< [mm of water] depth of the plane behind the detector's front
  std::int64_t hits = 0;          ///< of tracks
  std::int64_t ends = 0;          ///< tracks whose deepest hit lies here
  double stopping_wet = 0.0;      ///< [mm of water] half-way to the next plane: where those stopped
  double deposit_mean = 0.0;      ///< [MeV]
  double deposit_median = 0.0;    ///< [MeV]
  double deposit_expected = 0.0;  ///< [MeV] mean over the same hits of track::expected_layers
  std::int64_t kinks = 0;         ///< of tracks with hits in the layers before and behind
  double kink_68 = 0.0;           ///< [rad] 68 % of them are smaller
  double kink_expected_68 = 0.0;  ///< [rad] the same of Rayleigh-distributed kinks of the expected widths
};

/// Purity and efficiency of the tracks whose score is at least `score`, by the strict definitions of track::Metrics.
struct ScoreCut {
  double score = 0.0;
  double purity = 0.0;      ///< in [0, 1]; NaN where no track is left
  double efficiency = 0.0;  ///< in [0, 1]; NaN without reconstructable primaries
};

/// What figures of a tracks file are made of, over all its sources.
struct TrackDistributions {
  std::int64_t frames = 0;
  std::vector<double> hits_per_track;     ///< one per track
  std::vector<double> score;              ///< one per track
  std::vector<LayerDistribution> layers;  ///< up to the deepest with a hit of a track
  std::vector<ScoreCut> cuts;  ///< with truth: 51 cuts at quantiles of the scores, from all tracks on; empty without
};

/// Reads a tracks file of a detector. Expectations are those of a proton that stops half-way behind its track's last
/// hit. Throws core::InputError when the file is damaged or has hits behind the detector's last layer.
TrackDistributions distributions_of(const std::string& path, const detector::Detector& detector);

}  // namespace difftrack::reconstruct
