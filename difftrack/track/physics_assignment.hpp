// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/pair_sweep.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::track {

/// Assignment by physics alone, layer pair by layer pair from the front (issue 5's baseline without a network).
///
/// A track that ends in hit i of layer L with direction u_i (its last segment) either goes on to hit h of layer L + 1,
/// or dies; a hit of layer L + 1 without a track is born there. With densities per area in the plane of layer L + 1
///   cost(i → h) = -log[(1 - P_L) f_L(kink) / d^2],   cost(i dies) = -log P_L,   cost(h born) = -log rho_{L+1}(h)
/// the best choice for all hits of the pair is one FreeLap: the maximum-likelihood step.
///   f_L   kink density per solid angle: 2-D Student t (5 degrees of freedom) whose projected 68 % width is
///         that of matter::slab_angle over the gap before plane L plus the position resolution, and a Gaussian tail for
///         nuclear scattering. The energy in pv is the mean energy of protons that reach plane L.
///   P_L   nuclear loss over the gap's water-equivalent thickness and stopping by the range's Gaussian.
///   rho   birth_share of the layer's hits, spread as they are (Gaussian, widened).
/// The sweep starts at the first calorimeter layer; tracking layers in front of it, whose long gaps cannot be
/// crossed without a direction, are reached upstream afterwards by the same rule with birth and death exchanged. In the
/// first layer a direction is expected from the position: Fermi–Eyges transport of the beam through as much water as
/// the range says, phantom_centre_z in its middle; tracks born later have a wide prior. Approximated: no memory of the
/// track before its last segment, energy loss as in water, one deflection per gap, small angles. The
/// score of a segment is its probability against dying and being born.
class PhysicsAssignment {
 public:
  /// With the default beam.
  explicit PhysicsAssignment(const detector::Detector& detector);
  /// Takes the matter between planes from the description. Throws InputError for options out of range.
  PhysicsAssignment(const detector::Detector& detector, const PhysicsConfig& config);

  /// `log_odds`, one per segment or none at all: what a network says about each, added to the log of its density. That
  /// takes the two for independent witnesses, cost(i → h) = −log[(1 − P) f / d²] − logit(i → h), with nothing to tune.
  SegmentAssignment operator()(const event::Frame& frame, const graph::HitGraph& graph,
                               std::span<const float> log_odds = {}) const;

  /// As TransportExpectation::range_of_frame [mm water].
  double range_of_frame(const event::Frame& frame) const;

 private:
  TransportExpectation expectation_;
  std::int32_t first_layer_ = 0;  // first one of the calorimeter, where the sweep starts
};

}  // namespace difftrack::track
