// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/io/tracks_file.hpp"

namespace difftrack::viewer {

/// Which frames of a tracks file are shown.
struct Choice {
  std::optional<std::int64_t> frame;  ///< this one alone; none: from the first on
  std::int64_t most = 100;            ///< frames at most
};

/// Rows [begin, end) of the columns that belong to one frame.
struct Rows {
  std::uint32_t begin = 0, end = 0;
};

/// One frame as the display steps through them.
struct ShownFrame {
  std::int64_t frame = 0;     ///< its number
  std::int32_t source = 0;    ///< index into TracksMeta::sources
  std::int32_t run = -1;      ///< -1: none
  std::int32_t n_events = 0;  ///< 0: not known
  Rows hits, tracks, missed, segments;
};

/// What truth says of a track; as the strict metrics have it (track/metrics.hpp).
enum class Verdict : std::uint8_t {
  Unknown,  ///< no truth
  Right,    ///< all hits are of one and the same primary particle
  Wrong,    ///< any other
};

/// The columns of the display: all shown frames one after the other. Rows of hits count over all shown frames.
struct EventData {
  std::string file;
  event::TracksMeta meta;
  bool has_truth = false, has_graph = false;
  std::int64_t n_frames = 0;  ///< in the file; not all need be shown
  std::vector<ShownFrame> frames;

  std::vector<float> x, y, z, edep;        ///< [mm], [MeV] of hits
  std::vector<std::uint16_t> layer, size;  ///< layer, pixels of the cluster
  std::vector<double> hit_id, hit_event;   ///< number in the source; truth: event, or none at all
  std::vector<std::uint8_t> hit_primary;   ///< truth: 1 when left by the primary itself
  std::vector<double> hit_second;          ///< truth: as event::Hits::second_event, or none at all

  std::vector<std::uint32_t> track_begin;  ///< tracks + 1 entries into track_hits
  std::vector<std::uint32_t> track_hits;   ///< rows of hits, shallow to deep
  std::vector<double> track_number;        ///< in the file
  std::vector<double> track_event;         ///< truth: event of the primary it is judged for
  std::vector<float> score, purity;        ///< mean score; truth: share of hits with the most frequent label
  std::vector<std::uint8_t> verdict;       ///< Verdict

  std::vector<std::uint32_t> missed_begin, missed_hits;  ///< truth: primaries without a track, as above
  std::vector<double> missed_event;                      ///< their events

  std::vector<std::uint32_t> deep, shallow;   ///< rows of hits: segments that touch a track
  std::vector<float> cost;                    ///< 1 - p, on the scale of assign::AssignConfig
  std::vector<std::uint8_t> assigned, label;  ///< chosen; truth: both hits are of one event
};

/// Reads the chosen frames of a tracks file, and its graph file where there is one beside it. Of the segments of a hit
/// on a track the chosen ones and the four cheapest others towards either side are kept. Throws core::InputError when
/// the file is damaged, has no such frame, or its graph belongs to another file.
EventData read_event_data(const std::string& path, const Choice& choice);

}  // namespace difftrack::viewer
