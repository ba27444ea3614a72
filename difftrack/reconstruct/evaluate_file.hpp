// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/assign/disagreement.hpp"
#include "difftrack/event/io/tracks_file.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::reconstruct {

/// The metrics of the frames of one input file.
struct Evaluation {
  std::string file;    ///< the tracks file
  std::string source;  ///< name of the input file without folder and ending: the phantom, as the user named it
  event::TracksMeta meta;
  double events_per_frame = 0.0;  ///< mean over frames
  track::Metrics metrics;
};

/// One evaluation per input file of a tracks file, in their order. Tracks are judged from the recorded hits, segments
/// by the counts recorded with them. Throws InputError when the file is damaged or has no truth.
std::vector<Evaluation> evaluate_file(const std::string& path);

/// How far two tracks files of the same frames disagree on the assignment of their segments; reads the graph files
/// beside them. Throws InputError when a graph file is missing, has no truth or the segments are not the same.
assign::Disagreement compare_files(const std::string& path_a, const std::string& path_b);

}  // namespace difftrack::reconstruct
