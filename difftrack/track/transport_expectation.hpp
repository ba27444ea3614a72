// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/matter/ion.hpp"
#include "difftrack/track/pair_sweep.hpp"

namespace difftrack::track {

/// What physics alone knows about the beam; everything else comes from the detector and the frame.
struct PhysicsConfig {
  matter::BeamParticle particle = matter::BeamParticle::Proton;
  double beam_energy = 230.0;     ///< [MeV] per nucleon, before the phantom
  double residual_range = 0.0;    ///< [mm water] behind the phantom at the detector's front; 0: from the frame
  double phantom_centre_z = 0.0;  ///< [mm]
  double beam_sigma = 3.0;        ///< [mm] spot size at the source
  double beam_divergence = 2e-3;  ///< [rad]
  /// Standard deviation of the range over the beam's range in water; none: 0.012 of protons, 0.006 of helium.
  std::optional<double> range_straggling = {};
  /// [1 / mm water] particles lost to nuclear reactions; none: 0.001 of protons (GATE: 22 % in 250 mm), 0.0025 of
  /// helium.
  std::optional<double> nuclear_loss = {};
  /// Share of kinks from nuclear scattering; none: 0.001, and 0.02 beside a network. Physics alone has nothing that
  /// speaks against a hit far away but its kink, and the Student t of the core has a tail of its own; where a network
  /// speaks, too, a wider tail lets it (docs/tune.md has the figures).
  std::optional<double> tail_share = {};
  double tail_width = 0.1;             ///< [rad] their projected width
  double position_resolution = 0.005;  ///< [mm] of a hit
  double birth_share = 0.06;           ///< share of a layer's hits that begin a track there (secondaries)

  static constexpr auto fields() {
    using core::field;
    using C = PhysicsConfig;
    return std::tuple{
        field("particle", &C::particle, "", "What the beam is made of."),
        field("beam_energy", &C::beam_energy, "MeV", core::Range{1.0, 330.0},
              "Energy before the phantom, per nucleon."),
        field("residual_range", &C::residual_range, "mm", core::Range{0.0, 700.0},
              "Range left at the detector's front, in water; 0: from where the frame's tracks end."),
        field("phantom_centre_z", &C::phantom_centre_z, "mm", core::Range{-1e4, 1e4}, "Centre of the phantom."),
        field("beam_sigma", &C::beam_sigma, "mm", core::Range{0.0, 100.0}, "Spot size at the source."),
        field("beam_divergence", &C::beam_divergence, "rad", core::Range{0.0, 0.1}, "Divergence at the source."),
        field("range_straggling", &C::range_straggling, "", core::Range{1e-4, 0.2},
              "Spread of the range over the range; auto: 0.012 of protons, 0.006 of helium."),
        field("nuclear_loss", &C::nuclear_loss, "1/mm", core::Range{0.0, 0.1},
              "Particles lost per mm of water; auto: 0.001 of protons, 0.0025 of helium."),
        field("tail_share", &C::tail_share, "", core::Range{0.0, 0.5},
              "Share of kinks from nuclear scattering; auto: 0.001, beside a network 0.02."),
        field("tail_width", &C::tail_width, "rad", core::Range{1e-3, 1.0}, "Projected width of those kinks."),
        field("position_resolution", &C::position_resolution, "mm", core::Range{0.0, 1.0}, "Resolution of a hit."),
        field("birth_share", &C::birth_share, "", core::Range{1e-6, 0.9},
              "Share of hits that begin a track in their layer."),
    };
  }

  /// What is given, or else the particle's own.
  double straggling() const { return range_straggling.value_or(is_helium() ? 0.006 : 0.012); }
  double loss() const { return nuclear_loss.value_or(is_helium() ? 0.0025 : 0.001); }  ///< likewise [1 / mm water]
  /// tail_share, or else its default by whether a network speaks, too.
  double tail(bool has_network) const { return tail_share.value_or(has_network ? 0.02 : 0.001); }
  bool is_helium() const { return particle == matter::BeamParticle::Helium; }  ///< or else protons
};

/// What happens to a particle of the beam at one plane and behind it.
struct PlaneExpectation {
  double depth = 0.0;  ///< [mm water] of the plane, behind the detector's front
  double kink = 0.0;   ///< [rad] projected 68 % half width of the kink at the plane; 0 at plane 0
  double death = 0.0;  ///< probability not to reach the next plane
};

/// The beam at a plane: the slope expected at a position, (position - centre) * slope_per_mm, its spread, and the width
/// of the beam.
struct BeamExpectation {
  double centre_x = 0.0, centre_y = 0.0;  ///< [mm]
  double slope_per_mm = 0.0;              ///< [1/mm]
  double spread = 0.0;                    ///< [rad] per axis
  double width = 0.0;                     ///< [mm] per axis

  /// Direction expected of a particle that crosses the plane at (x, y) [mm].
  Direction at(double x, double y) const;
};

/// What beam and matter let expect of the beam's particles in a frame, before any of its hits are joined: how far they
/// go, how much they scatter at each plane, and from where they come.
class TransportExpectation {
 public:
  /// Takes the matter between planes from the description. Throws InputError for options out of range.
  TransportExpectation(const detector::Detector& detector, const PhysicsConfig& config);

  /// [mm water] the range R at the detector's front, from the number of hits n_p in each plane (depth d_p, first empty
  /// plane included): mean over R of the likelihood of n_p ~ Poisson(N [exp(-loss d_p) P(range > d_p | R) +
  /// birth_share]), N particles from the first four planes, all R in the detector equally likely beforehand.
  double range_of_frame(const event::Frame& frame) const;
  /// The configured range, or range_of_frame() where there is none [mm water]. Throws InputError (particle) where the
  /// PDG codes of primaries say that the beam is of another particle.
  double range(const event::Frame& frame) const;

  /// One entry per plane of the first `n_layers`, for particles of that range [mm water] at the detector's front.
  /// Throws InputError for more layers than the detector has.
  std::vector<PlaneExpectation> planes(double range, std::int32_t n_layers) const;

  /// The beam at the plane of `layer`, behind as much water as the range says, phantom_centre_z in its middle: moments
  /// of Fermi–Eyges. Centred on the frame's spot, or on the layer's hits where it has none.
  BeamExpectation beam(const event::Frame& frame, double range, std::int32_t layer) const;

  const PhysicsConfig& config() const { return config_; }  ///< as given

 private:
  double range_spread() const;  // [mm water]
  const matter::Ion& ion() const { return matter::ion_of(config_.particle); }
  double beam_range() const;               // [mm water]
  double pv_at_range(double range) const;  // momentum times velocity [MeV] with that range left [mm water]

  PhysicsConfig config_;
  detector::LayerMatter matter_;
  double source_z_ = 0.0;
};

}  // namespace difftrack::track
