// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/joint/angle_table.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// The angular filter of a detector, in the calorimeter opened to `link_angle` [rad].
graph::HitGraphConfig joint_graph_config(const detector::Detector& detector, double link_angle);

inline constexpr std::int32_t kNoSegment = -1;  ///< a hit without one on a side

/// Which segments are chosen, seen from the hits: a matching by construction, as each hit has one place on each side.
struct Links {
  std::vector<std::int32_t> up;    ///< per hit: chosen segment to the shallower layer, or kNoSegment
  std::vector<std::int32_t> down;  ///< per hit: chosen segment to the deeper layer, or kNoSegment

  /// No segment is chosen.
  static Links none(std::size_t n_hits) {
    return {std::vector<std::int32_t>(n_hits, kNoSegment), std::vector<std::int32_t>(n_hits, kNoSegment)};
  }
  bool operator==(const Links&) const = default;  ///< whether the same segments are chosen
};

/// Links from Y per segment. Throws InputError where a hit has two segments on one side.
Links links_of(const graph::HitGraph& graph, std::span<const std::uint8_t> assigned, std::size_t n_hits);
/// And back: Y in {0, 1} per segment.
std::vector<std::uint8_t> assigned_of(const Links& links, std::size_t n_segments);

/// The segment between two hits, or kNoSegment; in the time of a search among those that begin at the deeper one.
std::int32_t segment_between(const graph::HitGraph& graph, std::int32_t shallow, std::int32_t deep);

/// The energy of a frame: what each piece of an answer costs, in nats. With chosen segments as Links,
///   E = Σ_{chosen s} link_s + Σ_hits node_h
///   node_h = kink(up, down) if both, birth_h + start_down if only the deeper one, death_h if only the shallower, else
///            lone_h
/// and exp(-E) is the probability density of the frame's hits with these tracks, up to a factor. Costs are plain
/// numbers here, however they came about; build_frame_energy() makes them from a likelihood.
struct FrameEnergy {
  std::vector<float> link;   ///< per segment: survival, density of the place of the deeper hit, its deposit
  std::vector<float> start;  ///< per segment: its direction, where a track begins with it
  std::vector<float> birth, death, lone;  ///< per hit
  std::vector<std::int32_t> kink_row;     ///< per hit: row of `kinks`
  std::vector<float> kinks;  ///< cost of a kink on ChordGrid: -log of its density per solid angle; (rows, points)
};

using graph::squared_chord;

/// Cost of the kink between two segments at a hit.
inline double kink_cost(const FrameEnergy& energy, const graph::HitGraph& graph, std::int32_t hit, std::int32_t up,
                        std::int32_t down) {
  const auto row = static_cast<std::size_t>(energy.kink_row[static_cast<std::size_t>(hit)]);
  return static_cast<double>(
      ChordGrid::at(energy.kinks.data() + row * ChordGrid::kPoints, squared_chord(graph, up, down)));
}

/// Cost of a hit with these segments on its sides.
inline double node_cost(const FrameEnergy& energy, const graph::HitGraph& graph, std::int32_t hit, std::int32_t up,
                        std::int32_t down) {
  const auto h = static_cast<std::size_t>(hit);
  if (up == kNoSegment && down == kNoSegment) return static_cast<double>(energy.lone[h]);
  if (up == kNoSegment)
    return static_cast<double>(energy.birth[h]) + static_cast<double>(energy.start[static_cast<std::size_t>(down)]);
  if (down == kNoSegment) return static_cast<double>(energy.death[h]);
  return kink_cost(energy, graph, hit, up, down);
}

/// Cost of a segment, 0 for kNoSegment.
inline double link_cost(const FrameEnergy& energy, std::int32_t segment) {
  return segment == kNoSegment ? 0.0 : static_cast<double>(energy.link[static_cast<std::size_t>(segment)]);
}

/// E of an answer, summed in the order of the hits.
double total_energy(const FrameEnergy& energy, const graph::HitGraph& graph, const Links& links);

/// The energy of a frame under a likelihood.
///   link   -log(1 - death) - log P(deposit | deposit) + 2 log d - log cosθ (density per area of the deeper plane)
///   birth  -log of births per area and bin of deposit, N hits in plane 0; plane 0 has no births: all are there
///   death  -log P(no further hit | group, residual range, deposit)
FrameEnergy build_frame_energy(const event::Frame& frame, const graph::HitGraph& graph, const Likelihood& likelihood,
                               const TransportExpectation& expectation);

/// The energy of a frame whose graph has been widened; the same as build_frame_energy() of the wider graph, for the
/// cost of the new segments.
FrameEnergy widen_frame_energy(const event::Frame& frame, const graph::WidenedGraph& wide, FrameEnergy energy,
                               const Likelihood& likelihood, const TransportExpectation& expectation);

}  // namespace difftrack::track
