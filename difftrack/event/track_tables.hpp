// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "difftrack/event/columns.hpp"

namespace difftrack::event {

/// The hits of all frames, on a track or not: layer descending within a frame.
struct HitTable {
  static constexpr std::string_view kTable = "hits";

  std::vector<std::int64_t> frame;         ///< number of the frame
  std::vector<std::int64_t> hit;           ///< its number in the input file
  std::vector<std::int32_t> layer;         ///< sensitive layer, 0 = first along the beam
  std::vector<float> x, y, z;              ///< [mm]
  std::vector<float> edep;                 ///< [MeV]
  std::vector<std::int32_t> cluster_size;  ///< [pixels]
  std::vector<std::int64_t> track;         ///< number of its track; -1: none
  std::vector<std::int32_t> order;         ///< place on the track, 0 = the shallowest; -1: none
  std::vector<float> confidence;           ///< of its link to the hit before on its track; NaN: none, or not known
  std::vector<std::int64_t> event;         ///< truth: the primary it descends from; -1 for noise
  std::vector<std::int32_t> particle;      ///< truth: particle within the event; -1 where not known
  std::vector<std::uint8_t> primary;       ///< truth: 1 when left by the primary itself
  std::vector<std::int64_t> second_event;  ///< truth, where hits tell it: as Hits::second_event; -1: none

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{
        column_of("frame", &HitTable::frame, "", "number of the frame"),
        column_of("hit", &HitTable::hit, "", "number of the hit, unique within one input file"),
        column_of("layer", &HitTable::layer, "", "sensitive layer, 0 = first along the beam"),
        column_of("x", &HitTable::x, "mm", "position"),
        column_of("y", &HitTable::y, "mm", "position"),
        column_of("z", &HitTable::z, "mm", "position along the beam, isocentre = 0"),
        column_of("edep", &HitTable::edep, "MeV", "energy deposited"),
        column_of("cluster_size", &HitTable::cluster_size, "pixels", "size of the cluster"),
        column_of("track", &HitTable::track, "", "number of its track; -1: none"),
        column_of("order", &HitTable::order, "", "place on the track, 0 = the shallowest hit; -1: none"),
        column_of("confidence", &HitTable::confidence, "",
                  "probability that it and the hit before on its track are of one particle; NaN: none", Optional),
        column_of("event", &HitTable::event, "", "the primary it descends from; -1 for noise", Truth),
        column_of("particle", &HitTable::particle, "", "particle within the event; -1: not known", Truth),
        column_of("primary", &HitTable::primary, "", "1 when left by the primary itself", Truth),
        column_of("second_event", &HitTable::second_event, "",
                  "a primary besides its particle that is in the cluster itself; -1: none", Shared)};
  }
  std::size_t size() const { return frame.size(); }
};

/// The tracks of all frames, one row each, numbered over the whole file.
struct TrackTable {
  static constexpr std::string_view kTable = "tracks";

  std::vector<std::int64_t> frame;   ///< number of the frame
  std::vector<std::int64_t> track;   ///< number of the track
  std::vector<std::int32_t> n_hits;  ///< hits on it
  std::vector<float> score;          ///< mean score of its segments, in [0, 1]
  std::vector<float> confidence;     ///< probability that all its hits are of one proton of the beam; NaN: not known
  std::vector<std::int64_t> event;   ///< truth: the most frequent label
  std::vector<std::int32_t> right;   ///< truth: 1 when all hits carry it

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{
        column_of("frame", &TrackTable::frame, "", "number of the frame"),
        column_of("track", &TrackTable::track, "", "number of the track"),
        column_of("n_hits", &TrackTable::n_hits, "", "hits on it"),
        column_of("score", &TrackTable::score, "", "mean score of its segments, in [0, 1]"),
        column_of("confidence", &TrackTable::confidence, "",
                  "probability that all its hits are of one proton of the beam; NaN: not known", Optional),
        column_of("event", &TrackTable::event, "", "most frequent label of its hits", Truth),
        column_of("right", &TrackTable::right, "", "1 when all hits carry that label", Truth)};
  }
  std::size_t size() const { return frame.size(); }
};

/// The frames, one row each, those without hits too.
struct FrameTable {
  static constexpr std::string_view kTable = "frames";

  std::vector<std::int64_t> frame;           ///< number of the frame
  std::vector<std::int32_t> file;            ///< number of its source
  std::vector<std::int32_t> run;             ///< of all its events; -1: the source has none
  std::vector<float> spot_x, spot_y;         ///< centre of the beam spot [mm]; NaN: not known
  std::vector<float> rotation;               ///< of the phantom about the vertical axis [rad]; NaN: not known
  std::vector<std::int32_t> n_events;        ///< primaries in it; 0: not known
  std::vector<std::int32_t> n_hits;          ///< its rows in the table of hits
  std::vector<std::int32_t> n_segments;      ///< segments that the angular filter kept
  std::vector<std::int32_t> n_tracks;        ///< its rows in the table of tracks
  std::vector<std::int64_t> true_segments;   ///< truth: true segments before the filter
  std::vector<std::int64_t> true_kept;       ///< truth: of these, kept
  std::vector<std::int64_t> true_assigned;   ///< truth: of these, assigned
  std::vector<std::int64_t> false_kept;      ///< truth: false segments kept
  std::vector<std::int64_t> false_assigned;  ///< truth: of these, assigned

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{
        column_of("frame", &FrameTable::frame, "", "number of the frame"),
        column_of("file", &FrameTable::file, "", "number of its source in meta"),
        column_of("run", &FrameTable::run, "", "run of all its events; -1: the source has none", Optional),
        column_of("spot_x", &FrameTable::spot_x, "mm", "centre of the beam spot; NaN: not known", Optional),
        column_of("spot_y", &FrameTable::spot_y, "mm", "centre of the beam spot; NaN: not known", Optional),
        column_of("rotation", &FrameTable::rotation, "rad", "of the phantom about the vertical axis; NaN: not known",
                  Optional),
        column_of("n_events", &FrameTable::n_events, "", "primaries in it; 0: not known"),
        column_of("n_hits", &FrameTable::n_hits, "", "its rows in hits"),
        column_of("n_segments", &FrameTable::n_segments, "", "segments that the angular filter kept"),
        column_of("n_tracks", &FrameTable::n_tracks, "", "its rows in tracks"),
        column_of("true_segments", &FrameTable::true_segments, "", "true segments before the filter", Truth),
        column_of("true_kept", &FrameTable::true_kept, "", "of these, kept", Truth),
        column_of("true_assigned", &FrameTable::true_assigned, "", "of these, assigned", Truth),
        column_of("false_kept", &FrameTable::false_kept, "", "false segments kept by the filter", Truth),
        column_of("false_assigned", &FrameTable::false_assigned, "", "of these, assigned", Truth)};
  }
  std::size_t size() const { return frame.size(); }
};

/// The segments of all frames that the angular filter kept, in a file of their own.
struct SegmentTable {
  static constexpr std::string_view kTable = "segments";

  std::vector<std::int64_t> frame;          ///< number of the frame
  std::vector<std::int64_t> deep, shallow;  ///< rows of the table of hits
  std::vector<float> logit;                 ///< of the network; 0 without one
  std::vector<std::uint8_t> assigned;       ///< 1: chosen
  std::vector<std::uint8_t> label;          ///< truth: 1 when both hits carry the same label

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{column_of("frame", &SegmentTable::frame, "", "number of the frame"),
                      column_of("deep", &SegmentTable::deep, "", "row of its deeper hit in hits"),
                      column_of("shallow", &SegmentTable::shallow, "", "row of the other hit"),
                      column_of("logit", &SegmentTable::logit, "", "of the network; 0 without one"),
                      column_of("assigned", &SegmentTable::assigned, "", "1: chosen"),
                      column_of("label", &SegmentTable::label, "", "1 when both hits carry the same label", Truth)};
  }
  std::size_t size() const { return frame.size(); }
};

/// The lines of the CSV of tracks, one per hit on a track; columns as in the tables above.
struct TrackLines {
  std::vector<std::int64_t> track, frame;  ///< numbers of track and frame
  std::vector<std::int32_t> order;         ///< place on the track, 0 = the shallowest
  std::vector<std::int64_t> hit;           ///< its number in the input file
  std::vector<std::int32_t> layer;         ///< sensitive layer, 0 = first along the beam
  std::vector<float> x, y, z;              ///< [mm]
  std::vector<float> edep;                 ///< [MeV]
  std::vector<float> score;                ///< of the track
  std::vector<float> confidence;           ///< of its link to the hit before; NaN: the first
  std::vector<float> track_confidence;     ///< of the track
  std::vector<std::int64_t> event;         ///< truth: the primary the hit descends from; -1 for noise
  std::vector<std::uint8_t> primary;       ///< truth: 1 when left by the primary itself
  std::vector<std::int64_t> second_event;  ///< truth, where hits tell it: as Hits::second_event; -1: none

  static constexpr auto columns() {
    using enum Presence;
    return std::tuple{column_of("track", &TrackLines::track, "", "number of the track"),
                      column_of("frame", &TrackLines::frame, "", "number of the frame"),
                      column_of("order", &TrackLines::order, "", "place on the track, 0 = the shallowest hit"),
                      column_of("hit", &TrackLines::hit, "", "number of the hit, unique within one input file"),
                      column_of("layer", &TrackLines::layer, "", "sensitive layer, 0 = first along the beam"),
                      column_of("x", &TrackLines::x, "mm", "position"),
                      column_of("y", &TrackLines::y, "mm", "position"),
                      column_of("z", &TrackLines::z, "mm", "position along the beam, isocentre = 0"),
                      column_of("edep", &TrackLines::edep, "MeV", "energy deposited"),
                      column_of("score", &TrackLines::score, "", "mean score of the track's segments"),
                      column_of("confidence", &TrackLines::confidence, "",
                                "probability that it and the hit before are of one particle; nan: the first", Optional),
                      column_of("track_confidence", &TrackLines::track_confidence, "",
                                "probability that all hits of the track are of one proton of the beam", Optional),
                      column_of("event", &TrackLines::event, "", "the primary it descends from; -1 for noise", Truth),
                      column_of("primary", &TrackLines::primary, "", "1 when left by the primary itself", Truth),
                      column_of("second_event", &TrackLines::second_event, "",
                                "a primary besides its particle that is in the cluster itself; -1: none", Shared)};
  }
  std::size_t size() const { return track.size(); }
};

}  // namespace difftrack::event
