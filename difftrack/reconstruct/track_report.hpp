// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/track/intervals.hpp"

namespace difftrack::reconstruct {

/// One layer as the tracks of a file see it.
struct LayerReport {
  std::int64_t hits = 0;   ///< of tracks
  std::int64_t ends = 0;   ///< tracks whose deepest hit lies here
  double mean_size = 0.0;  ///< [pixels] cluster size of the hits above; NaN without any
  std::int64_t kinks = 0;  ///< tracks with hits in the layers before and behind, too
  double kink_median = 0.0, kink_68 = 0.0,
         kink_95 = 0.0;  ///< [rad] quantiles of the kink at this layer; NaN without any
};

/// What the tracks of one input file tell without truth.
struct TrackReport {
  std::string file;    ///< the tracks file
  std::string source;  ///< name of the input file without folder and ending
  event::TracksMeta meta;
  std::int64_t frames = 0;
  std::int64_t frames_with_tracks = 0;
  std::int64_t tracks = 0;
  double hits_per_frame = 0.0;  ///< mean
  track::Estimate tracks_per_frame, hits_per_track;
  std::vector<LayerReport> layers;  ///< up to the deepest with a hit of a track
  /// Water-equivalent depth [mm] behind the detector's front at which protons stopped: half-way between the plane of
  /// the deepest hit and the next one (detector::LayerMatter). Mean with its interval, and standard deviation over
  /// tracks, in which the distance of the planes is contained. NaN where the detector is not known here by its name.
  track::Estimate range;
  double range_sd = 0.0;  ///< [mm of water]
};

/// One report per input file of a tracks file, in their order. Throws InputError when the file is damaged.
std::vector<TrackReport> report_tracks(const std::string& path);

/// Whether the tracks of a file can be compared with truth. True for a file without a hit.
bool has_truth(const std::string& path);

}  // namespace difftrack::reconstruct
