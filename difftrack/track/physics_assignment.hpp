// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {

/// What physics alone knows about the beam; everything else comes from the detector and the frame.
struct PhysicsConfig {
  double beam_energy = 230.0;          ///< [MeV] before the phantom
  double residual_range = 0.0;         ///< [mm water] behind the phantom at the detector's front; 0: from the frame
  double phantom_centre_z = 0.0;       ///< [mm]
  double beam_sigma = 3.0;             ///< [mm] spot size at the source
  double beam_divergence = 2e-3;       ///< [rad]
  double range_straggling = 0.012;     ///< sd of the range over the range of the beam in water
  double nuclear_loss = 0.001;         ///< [1 / mm water] protons lost to nuclear reactions (GATE: 22 % in 250 mm)
  double tail_share = 0.02;            ///< share of kinks from nuclear scattering
  double tail_width = 0.1;             ///< [rad] their projected width
  double position_resolution = 0.005;  ///< [mm] of a hit
  double birth_share = 0.06;           ///< share of a layer's hits that begin a track there (secondaries)

  static constexpr auto fields() {
    using core::field;
    using C = PhysicsConfig;
    return std::tuple{
        field("beam_energy", &C::beam_energy, "MeV", core::Range{1.0, 330.0}, "Proton energy before the phantom."),
        field("residual_range", &C::residual_range, "mm", core::Range{0.0, 700.0},
              "Range left at the detector's front, in water; 0: from where the frame's tracks end."),
        field("phantom_centre_z", &C::phantom_centre_z, "mm", core::Range{-1e4, 1e4}, "Centre of the phantom."),
        field("beam_sigma", &C::beam_sigma, "mm", core::Range{0.0, 100.0}, "Spot size at the source."),
        field("beam_divergence", &C::beam_divergence, "rad", core::Range{0.0, 0.1}, "Divergence at the source."),
        field("range_straggling", &C::range_straggling, "", core::Range{1e-4, 0.2},
              "Spread of the range over the range."),
        field("nuclear_loss", &C::nuclear_loss, "1/mm", core::Range{0.0, 0.1}, "Protons lost per mm of water."),
        field("tail_share", &C::tail_share, "", core::Range{0.0, 0.5}, "Share of kinks from nuclear scattering."),
        field("tail_width", &C::tail_width, "rad", core::Range{1e-3, 1.0}, "Projected width of those kinks."),
        field("position_resolution", &C::position_resolution, "mm", core::Range{0.0, 1.0}, "Resolution of a hit."),
        field("birth_share", &C::birth_share, "", core::Range{1e-6, 0.9},
              "Share of hits that begin a track in their layer."),
    };
  }
};

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

  /// [mm water] the range R at the detector's front, from the number of hits n_p in each plane (depth d_p, first empty
  /// plane included): mean over R of the likelihood of n_p ~ Poisson(N [exp(-nuclear_loss d_p) P(range > d_p | R) +
  /// birth_share]), N protons from the first four planes, all R in the detector equally likely beforehand.
  double range_of_frame(const event::Frame& frame) const;

 private:
  struct Beam;
  struct Plane;
  double range_spread() const;  // [mm water]
  std::vector<Plane> planes(double range, std::int32_t n_layers) const;
  Beam entrance(const event::Frame& frame, double range, std::int32_t layer) const;

  PhysicsConfig config_;
  detector::LayerMatter matter_;
  double source_z_ = 0.0;
  std::int32_t first_layer_ = 0;  // first one of the calorimeter, where the sweep starts
};

}  // namespace difftrack::track
