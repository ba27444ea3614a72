// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::reconstruct {

/// What a tracks file says about its making, as JSON text under the key "meta".
struct TracksMeta {
  std::string method;                             ///< e.g. "network", or the name of a baseline
  std::string model;                              ///< path of the weights; empty without a network
  std::string assignment;                         ///< "forced" or "free"
  std::string detector;                           ///< name of the description
  detector::Thresholds thresholds;                ///< min_track_hits and last_hit_edep are kept
  std::int32_t per_frame = 0;                     ///< events per frame as asked; 0: frames are windows of time
  double frame_time = 0.0;                        ///< [ns] length of these windows
  std::vector<std::string> sources;               ///< input files; a frame's `file` counts in this list
  std::map<std::string, std::int64_t> no_tracks;  ///< reason → frames without tracks for it
  std::optional<event::TrackCuts> cuts;           ///< over all frames; none in a file that does not tell
};

inline constexpr const char* kStandardOutput = "-";  ///< output that is the CSV alone, and no file

/// NAME.npz and NAME.csv, and NAME.graph.npz with `write_graph`, for an output given as NAME, NAME.npz or NAME.csv;
/// none for standard output. Throws InputError for a device, pipe or socket as name, and for a graph on standard
/// output.
std::vector<std::string> tracks_file_names(const std::string& output, bool write_graph);

/// Writes NAME.npz and NAME.csv, both whole or not at all, in memory for a few frames; or the lines of the .csv alone
/// to standard output, as frames come.
///
/// The .npz holds three tables (NumPy structured arrays) and "meta":
///   hits    frame, hit, layer, x, y, z [mm], edep [MeV], cluster_size, track, order; with truth: event, particle,
///   primary.
///           One row per hit of every frame, layer descending; track is -1 for hits on no track, order counts from the
///           shallowest hit of the track.
///   tracks  frame, track, n_hits, score; with truth: event (the most frequent label), right (1 when all hits carry it)
///   frames  frame, file, run (-1 where the input has none), n_events, n_hits, n_segments, n_tracks; with truth:
///   true_segments, true_kept, true_assigned,
///           false_kept, false_assigned
/// Tracks are numbered over the whole file. The .csv has one line per hit on a track, in track order.
class TracksWriter {
 public:
  /// `output` with or without ".npz" or ".csv", or kStandardOutput. `write_graph` adds NAME.graph.npz with the table
  ///   segments  frame, deep, shallow (rows of the hits table), logit, assigned; with truth: label
  TracksWriter(const std::string& output, TracksMeta meta, bool write_graph);
  ~TracksWriter();

  /// Appends one frame; `file` is the index of its source in the meta data. Throws InputError when nothing can be
  /// written.
  void add(const event::Frame& frame, std::int32_t file, const FrameResult& result);

  /// Finishes all files under their names.
  void commit();

  /// Path of the .npz, or "standard output".
  std::string name() const;
  /// Reason → frames without tracks for it, so far.
  const std::map<std::string, std::int64_t>& no_tracks() const;

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

/// One frame of a tracks file.
struct RecordedFrame {
  event::Frame frame;  ///< its hits, truth included
  event::Tracks tracks;
  std::int32_t file = 0;        ///< index into TracksMeta::sources
  track::FrameCounts segments;  ///< the segment counts alone, as recorded
};

/// Reads a tracks file back, frame by frame. Throws InputError (file, table or column, value) for what is no tracks
/// file.
class TracksReader {
 public:
  /// `path` of the .npz.
  explicit TracksReader(const std::string& path);
  ~TracksReader();

  /// How the tracks were made.
  const TracksMeta& meta() const;
  /// Puts the next frame into `frame`; false when there are none left.
  bool next(RecordedFrame& frame);

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace difftrack::reconstruct
