// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/event/track_tables.hpp"
#include "difftrack/event/tracks.hpp"

namespace difftrack::event {

/// The schema of tracks files that are written: how tables and meta are laid out. 1 had no spot_x, spot_y and rotation
/// in the table of frames, at first no run either; 2 at first no confidence of hits and tracks; a file that does not
/// tell is of schema 1.
inline constexpr std::int32_t kTracksSchema = 2;

/// What a tracks file says about its making, as JSON text under the key "meta".
struct TracksMeta {
  std::int32_t schema = kTracksSchema;            ///< of a file that was read; files are written in the present one
  std::string method;                             ///< e.g. "network", or the name of a baseline
  std::string model;                              ///< path of the weights; empty without a network
  std::string assignment;                         ///< "forced" or "free"
  std::string detector;                           ///< name of the description
  std::int32_t min_track_hits = 0;                ///< hits that a track needed
  double last_hit_edep = 0.0;                     ///< [MeV] that a track's deepest hit had to exceed
  std::int32_t per_frame = 0;                     ///< events per frame as asked; 0: frames are windows of time
  double frame_time = 0.0;                        ///< [ns] length of these windows
  std::vector<std::string> sources;               ///< input files; a frame's `file` counts in this list
  std::map<std::string, std::int64_t> no_tracks;  ///< reason → frames without tracks for it
  std::optional<TrackCuts> cuts;                  ///< over all frames; none in a file that does not tell
};

inline constexpr const char* kStandardOutput = "-";  ///< output that is the CSV alone, and no file

/// NAME.npz and NAME.csv, and NAME.graph.npz with `write_graph`, for an output given as NAME, NAME.npz or NAME.csv;
/// none for standard output. Throws InputError for a device, pipe or socket as name, and for a graph on standard
/// output.
std::vector<std::string> tracks_file_names(const std::string& output, bool write_graph);

/// Whether an .npz has the tables of a tracks file.
bool is_tracks_file(const NpzFile& file);

/// Counts of the segments of one frame, known with truth; as the columns of FrameTable.
struct SegmentCounts {
  std::int64_t true_segments = 0;   ///< before the angular filter
  std::int64_t true_kept = 0;       ///< of these, kept by the filter
  std::int64_t true_assigned = 0;   ///< of these, assigned
  std::int64_t false_kept = 0;      ///< false segments kept by the filter
  std::int64_t false_assigned = 0;  ///< of these, assigned
};

/// What a tracks file records of a frame beside its hits and tracks.
struct FrameRecord {
  std::int32_t file = 0;                 ///< index of its source in TracksMeta::sources
  std::int32_t n_segments = 0;           ///< that the angular filter kept
  SegmentCounts segments = {};           ///< with truth
  std::vector<std::int64_t> label = {};  ///< with truth, one per track: the most frequent label of its hits
  std::vector<std::int32_t> right = {};  ///< with truth, one per track: 1 when all its hits carry it
  std::vector<float> confidence = {};    ///< one per hit, as HitTable::confidence; or none
  SegmentTable graph = {};               ///< its segments, `deep` and `shallow` as hits of the frame; or none
};

/// Writes NAME.npz and NAME.csv, both whole or not at all, in memory for a few frames; or the lines of the .csv alone
/// to standard output, as frames come.
///
/// The .npz holds HitTable, TrackTable and FrameTable (NumPy structured arrays, columns of truth where there is truth,
/// second_event where hits have it)
/// and "meta"; hits and tracks are numbered over the whole file. NAME.graph.npz holds SegmentTable. The .csv has one
/// line per hit on a track, in track order (TrackLines), with columns of confidence where the first frame with hits has
/// them.
class TracksWriter {
 public:
  /// `output` with or without ".npz" or ".csv", or kStandardOutput. `write_graph` adds NAME.graph.npz.
  TracksWriter(const std::string& output, TracksMeta meta, bool write_graph);
  ~TracksWriter();

  /// Appends one frame. `accepted` are its tracks. Throws InputError when nothing can be written, and for a frame with
  /// truth, or a second event of its hits, among others without.
  void add(const Frame& frame, const Tracks& accepted, const FrameRecord& record);

  /// Finishes all files under their names.
  void commit();

  /// Path of the .npz, or "standard output".
  std::string name() const;
  const TracksMeta& meta() const;  ///< with the reasons of frames without tracks so far
  bool has_tables() const;         ///< false for the CSV alone: of a record `file` and `confidence` are used then
  bool has_graph() const;          ///< whether the segments of a record are written

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

/// Whether a frame has the truth that the columns of truth need.
bool has_recorded_truth(const Frame& frame);

/// One frame of a tracks file.
struct RecordedFrame {
  Frame frame;  ///< its hits, truth included; run, spot and rotation where they are known
  Tracks tracks;
  std::int32_t file = 0;   ///< index into TracksMeta::sources
  SegmentCounts segments;  ///< as recorded
};

/// Reads a tracks file of this or an earlier schema back, frame by frame. Throws InputError (file, table or column,
/// value) for what is no tracks file, and for one of a later schema.
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

}  // namespace difftrack::event
