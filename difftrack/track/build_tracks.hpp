// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::track {

/// A chain that ends with one hit and goes on with another, two planes deeper: no segment joins them.
struct Bridge {
  std::int32_t from = 0, to = 0;  ///< hits
  float confidence = 1.0F;        ///< probability that both are of one particle
};

/// Chains of assigned segments, each as its hits from shallow to deep; score = mean score of its segments.
///
/// `assigned` (0 or 1) and `scores` have one entry per segment; without scores the tracks' scores are 1. Order: by
/// layer of the shallowest hit, then by its index. Hits without an assigned segment or bridge make no chain; a bridge
/// counts as a segment with its confidence for a score. With no chain, `why_none` says why. Throws core::InputError
/// when a hit has two of them on one side.
event::Tracks build_tracks(const event::Frame& frame, const graph::HitGraph& graph,
                           std::span<const std::uint8_t> assigned, std::span<const float> scores = {},
                           std::span<const Bridge> bridges = {});

/// Keeps chains with at least `min_track_hits` hits whose deepest hit deposits more than `last_hit_edep`
/// (docs/method.md section 6), and counts what each cut drops in `cuts`. When none is left, `why_none` says which cut
/// took them.
event::Tracks filter_tracks(const event::Frame& frame, const event::Tracks& chains,
                            const detector::Thresholds& thresholds);

/// The tracks of at least that confidence, in their order; the others are counted in `cuts`. When none is left,
/// `why_none` says so. Tracks without confidence are all kept.
event::Tracks without_doubtful(const event::Tracks& tracks, double min_confidence);

/// Whether a deepest hit of `edep` [MeV] passes; every one where `last_hit_edep` is 0, also one without energy.
bool passes_last_hit(float edep, const detector::Thresholds& thresholds);

/// One sentence for every cut that takes more than half of what reaches it, naming the key of the description to
/// change; none for data as the thresholds are made for, and none where fewer than 20 chains are dropped.
std::vector<std::string> cut_warnings(const event::TrackCuts& cuts, const detector::Thresholds& thresholds);

}  // namespace difftrack::track
