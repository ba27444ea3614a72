// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/assign/problem.hpp"
#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::track {

/// Y and a score in [0, 1] per segment, from a method without a network.
struct SegmentAssignment {
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment
  std::vector<float> scores;           ///< in [0, 1], one per segment
};

/// A direction (unit vector towards the beam's end, +z) or none.
struct Direction {
  double x = 0.0, y = 0.0, z = 0.0;
  bool known() const { return z > 0.0; }
};

/// One layer pair of a sweep: layers `layer` and `layer + 1`.
struct SweepStep {
  std::int32_t layer;  ///< the shallower of the two
  bool downstream;     ///< tracks are known at `layer` and go on to `layer + 1`; else the other way round
};

/// Downstream from `first_layer` to the deepest layer, then upstream from it to layer 0: with the first layer behind an
/// absorber as start, the short gaps come first and the long ones in front of it are crossed with known directions.
std::vector<SweepStep> sweep_order(std::int32_t n_layers, std::int32_t first_layer);

/// From the shallow to the deep hit of a segment, in double precision.
Direction segment_direction(const event::Frame& frame, const graph::HitGraph& graph, std::size_t segment);

/// Angle between two unit vectors [rad], exact for small angles.
double angle_between(const Direction& a, const Direction& b);

/// Solves one layer pair (deep group p, shallow group p + 1) with the given cost per segment of the pair. With leaving
/// costs (rows: hits of the deep layer, columns: of the shallow one) the free problem, without (empty) the forced one.
/// Returns the chosen segments.
std::vector<std::size_t> solve_pair(const event::Frame& frame, const graph::HitGraph& graph, std::size_t pair,
                                    std::vector<double> costs, const assign::LeavingCosts& leaving,
                                    assign::Workspace& workspace);

}  // namespace difftrack::track
