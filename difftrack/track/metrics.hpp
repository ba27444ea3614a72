// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/intervals.hpp"

namespace difftrack::track {

/// What is counted in one frame; everything that Metrics reports is made from these.
struct FrameCounts {
  // Published definitions (docs/method.md section 6).
  std::int64_t primary_tracks = 0;  ///< accepted tracks all of whose hits are primary
  std::int64_t right_tracks = 0;    ///< of these, tracks whose hits all carry one label
  std::int64_t primary_events = 0;  ///< events all of whose hits are primary
  // Strict definitions: a hit counts for its second event, too (TrackTruth).
  std::int64_t tracks = 0;           ///< all accepted tracks
  std::int64_t one_particle = 0;     ///< of these, tracks whose hits all come from one primary particle
  std::int64_t reconstructable = 0;  ///< primaries whose own hits would pass the track filter
  std::int64_t found = 0;            ///< of these, primaries with a track of only their hits and completeness >= 0.9
  // What nothing but whole tracks can raise.
  std::int64_t complete =
      0;  ///< of primary_events, those with exactly one track of their hits, pure and >= 0.9 complete
  // Segments between adjacent layers; true: both hits carry the same label.
  std::int64_t true_segments = 0;   ///< all, before the angular filter
  std::int64_t true_kept = 0;       ///< of these, kept by the filter
  std::int64_t true_assigned = 0;   ///< of these, assigned
  std::int64_t false_kept = 0;      ///< false segments kept by the filter
  std::int64_t false_assigned = 0;  ///< of these, assigned

  /// NaN where the denominator is zero.
  double published_purity() const;
  /// NaN where the denominator is zero.
  double published_efficiency() const;
};

/// Counts one frame. `tracks` have passed filter_tracks; `assigned` (one per segment) may be empty where a method does
/// not work with segments: then the segment counts stay zero. Throws core::InputError when the frame has no truth.
FrameCounts evaluate_tracks(const event::Frame& frame, const event::Tracks& tracks,
                            const detector::Thresholds& thresholds, const graph::HitGraph* graph = nullptr,
                            std::span<const std::uint8_t> assigned = {});

/// Over frames, with 95 % intervals: the published ones as means over frames (Student's t), the strict ones and
/// segments as proportions of all (Wilson).
///
/// `complete` is what neither fragments nor cuts nor second tracks can raise: of the events all of whose hits are
/// primary, the share whose hits lie on a single accepted track that has no other hits and at least 90 % of theirs.
///
/// Published purity counts only tracks without any secondary hit, takes fragments for right, and lets an event be found
/// twice; the strict ones do not. Published efficiency exceeds 1 where tracks are found of events that its denominator
/// leaves out, those with a secondary hit, or of one event twice; then it has no interval.
struct Metrics {
  std::int64_t frames = 0;  ///< that were counted
  FrameCounts counts;       ///< summed over frames
  Estimate published_purity, published_efficiency;
  Estimate strict_purity, strict_efficiency;
  Estimate complete;             ///< events all of whose hits are primary that have one track, pure and 90 % complete
  Estimate segment_tpr;          ///< assigned among true segments kept by the filter
  Estimate segment_fpr;          ///< assigned among false segments kept by the filter
  Estimate segment_tpr_in_all;   ///< assigned among all true segments, the filter's losses included
  Estimate segment_filter_kept;  ///< true segments that the filter keeps
};

/// Sums and intervals over the frames.
Metrics summarise(std::span<const FrameCounts> frames);

}  // namespace difftrack::track
