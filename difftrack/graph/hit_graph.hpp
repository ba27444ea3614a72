// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"

namespace difftrack::graph {

/// Segments (edges of the hit graph) between hits of adjacent layers, from the deep to the shallow hit.
///
/// Order: by deep hit, then by shallow hit, both ascending; as hits are ordered by layer descending, segments of one
/// layer pair are contiguous. Kinks (edges of the line graph) are implicit: the kinks at hit h are
/// (segments that end at h, i.e. shallow == h) × (segments that start at h, i.e. deep == h), of a gated graph those of
/// them that are no wider than `widest_chord2` lets them be.
struct HitGraph {
  std::vector<std::int32_t> deep;        ///< hit index of the deeper end, one per segment
  std::vector<std::int32_t> shallow;     ///< hit index of the shallower end, one per segment
  std::vector<float> ux, uy, uz;         ///< unit vector from the deep to the shallow hit, one per segment
  std::vector<std::int32_t> pair_begin;  ///< n_layers entries: pair p (deep group p, shallow group p + 1) holds
                                         ///< segments [pair_begin[p], pair_begin[p + 1]); empty without layers
  std::vector<std::int32_t>
      start_begin;  ///< hits + 1 entries: segments with deep == h are [start_begin[h], start_begin[h+1])
  std::vector<std::int32_t> end_begin;    ///< hits + 1 entries: slice of end_segment with shallow == h
  std::vector<std::int32_t> end_segment;  ///< segment indices ordered by shallow hit, then ascending
  std::vector<float> widest_chord2;       ///< the gate, one per segment: largest squared_chord() to a segment that goes
                                          ///< on towards the beam at which the two are still a kink; below 0: none is.
                                          ///< Empty: the graph is not gated, every pair that meets is a kink. Of
                                          ///< networks alone: what physics decides weighs every pair

  std::size_t size() const { return deep.size(); }
  /// Whether only some of the pairs that meet in a hit are kinks; never so without segments.
  bool is_gated() const { return !widest_chord2.empty(); }
  /// Whether `from` and `to`, which starts where `from` ends, are a kink.
  bool has_kink(std::int32_t from, std::int32_t to) const;
  /// Number of kinks in one direction; the network uses both directions. O(hits), of a gated graph O(pairs that meet).
  std::int64_t n_kinks() const;
};

/// |u - v|² of the directions of two segments, each operation rounded to float in this order: the kernels repeat it to
/// the bit, so that a gate draws the same line on every path.
inline float squared_chord(const HitGraph& graph, std::int32_t a, std::int32_t b) {
  const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
  const float x = graph.ux[i] - graph.ux[j], y = graph.uy[i] - graph.uy[j], z = graph.uz[i] - graph.uz[j];
  return x * x + y * y + z * z;
}

inline bool HitGraph::has_kink(std::int32_t from, std::int32_t to) const {
  return !is_gated() || squared_chord(*this, from, to) <= widest_chord2[static_cast<std::size_t>(from)];
}

/// Which segments are kept.
struct HitGraphConfig {
  detector::AngularFilter angles = {};
  std::int32_t last_tracker_deep_layer = 2;  ///< angles.max_angle_tracker: deep hit in a layer > 0 and <= this
  std::int64_t max_segments = 20'000'000;    ///< a frame with more is refused: it cannot be tracked in memory

  static constexpr auto fields() {
    using core::field;
    return std::tuple{core::part(&HitGraphConfig::angles),
                      field("last_tracker_deep_layer", &HitGraphConfig::last_tracker_deep_layer, "", {0.0, 1e6},
                            "Deepest layer whose segments towards the beam use max_angle_tracker."),
                      field("max_segments", &HitGraphConfig::max_segments, "", {1.0, 2e9},
                            "Segments beyond which a frame is refused.")};
  }
};

/// The filter of a described detector: its thresholds, and the layers behind its tracking layers.
HitGraphConfig hit_graph_config(const detector::Detector& detector);

/// Truth per segment: 1 when both hits carry the same label (event), the target of the network; shape (segments).
std::vector<std::uint8_t> segment_labels(const event::Frame& frame, const HitGraph& graph);

/// 1 when either end lies in a layer < n_tracker_layers + 1 ("tracker-touching", docs/method.md section 4); shape
/// (segments).
std::vector<std::uint8_t> touches_tracker(const event::Frame& frame, const HitGraph& graph,
                                          std::int32_t n_tracker_layers);

}  // namespace difftrack::graph
