// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/matter/ion.hpp"
#include "difftrack/track/joint/angle_table.hpp"

namespace difftrack::track {

/// Where a residual range lies between two knots of a likelihood: values there are (1 - share) v[knot] + share
/// v[knot + 1].
struct RangePlace {
  std::size_t knot = 0;
  double share = 0.0;
};

/// How the beam's particles behave in one detector, as tables fitted to hits with truth (fit_likelihood.hpp): what the
/// energy of a frame is made of. All tables are row-major.
///
/// Planes are of a few groups: each plane up to the first of the calorimeter is its own, all behind it are one. Between
/// the knots of residual range (mean range of the beam's protons that is left at a plane, below 0 behind their mean
/// end) tables are interpolated. Deposits count in bins of equal numbers of the beam's protons, so that the edges
/// follow the rise towards the end of the range. Angles are in units of what beam and matter let expect
/// (TransportExpectation), so that a table holds for other energies and phantoms than it was fitted on.
struct Likelihood {
  static constexpr std::size_t kDeposits = 12;    ///< bins of deposit
  static constexpr std::size_t kClasses = 4;      ///< classes of deposit for kinks, three bins each
  static constexpr double kBornScale = 0.01;      ///< [rad] unit of birth_angles
  static constexpr double kSmallestWidth = 1e-4;  ///< [rad] expected widths are at least this

  std::string detector;                                          ///< name of the description it was fitted for
  matter::BeamParticle particle = matter::BeamParticle::Proton;  ///< of the beam
  std::string source;                                            ///< what it was fitted to, in words
  std::int32_t n_layers = 0;                                     ///< planes with rates of births
  std::int32_t n_tracker_layers = 0;                             ///< of the detector
  std::vector<float> knots;                                      ///< [mm water] residual range, ascending; (knots)
  std::vector<float> radius_edges;   ///< distance from the beam's centre over its width, from 0; (radii + 1)
  std::vector<float> deposit_edges;  ///< [MeV] between the bins; (knots, kDeposits - 1)
  std::vector<float> kinks;          ///< log density per solid angle of a kink over its expected width, at the hit of
                                     ///< that deposit; (groups, knots, kClasses, ScaledGrid::kPoints)
  std::vector<float> deaths;         ///< probability of no further hit; (groups, knots, kDeposits)
  std::vector<float> transitions;    ///< probability of the deeper hit's bin given the shallower's; (knots of the
                                     ///< deeper, kDeposits of the shallower, kDeposits of the deeper)
  std::vector<float> birth_rate;     ///< tracks that begin in a plane per hit of plane 0; (layers)
  std::vector<float> lone_rate;      ///< hits without neighbour per hit of plane 0; (layers)
  std::vector<float> birth_radius;   ///< density per area over the beam's width squared; (layers, radii)
  std::vector<float> lone_radius;    ///< the same of lone hits
  std::vector<float> birth_deposit;  ///< probability of a bin; (knots, kDeposits)
  std::vector<float> lone_deposit;   ///< the same of lone hits
  std::vector<float> entrance;       ///< log density per solid angle of the first segment about the expected
                                     ///< direction, over the beam's spread; (ScaledGrid::kPoints)
  std::vector<float> birth_angles;   ///< the same about the beam's axis of tracks that begin later, over kBornScale;
                                     ///< (groups, ScaledGrid::kPoints)
  /// Particles that the beam's protons set free, by which a track is told from one that goes on into a secondary
  /// (secondary_odds.hpp); none of it is part of a frame's energy.
  std::vector<float> secondary_rate;     ///< probability that the next hit is of a secondary of the particle, which
                                         ///< ended in between; (groups, knots)
  std::vector<float> secondary_deposit;  ///< probability of that hit's bin; (knots, kDeposits)
  std::vector<float> secondary_angles;   ///< log density per solid angle of the kink to it, over kBornScale; (groups,
                                         ///< ScaledGrid::kPoints)
  std::vector<float> kind_transitions;   ///< as transitions, of the beam's own protons alone, then of secondaries
                                         ///< alone; (2, knots, kDeposits, kDeposits)
  std::vector<float> kind_deaths;        ///< likewise as deaths; (2, knots, kDeposits)
  std::vector<float> kind_kinks;         ///< likewise as kinks; (2, groups, kClasses, ScaledGrid::kPoints)
  std::vector<float> front_share;        ///< secondaries among the hits of plane 0 from which a track goes on; (1)
  std::vector<float> front_deposit;      ///< probability of such a hit's bin; (kDeposits)
  std::vector<float> front_angles;       ///< log density per solid angle of its segment about the expected
                                         ///< direction, over kBornScale; (ScaledGrid::kPoints)
  std::vector<float> front_radius;       ///< density per area of those hits over the beam's width squared; (radii)
  std::vector<float> front_beam_radius;  ///< the same of the beam's own protons
  std::vector<float> birth_secondary;    ///< secondaries among the tracks that begin in a plane; (layers)
  double link_angle = 0.0;               ///< [rad] to the beam's axis: hits were joined up to it where the detector's
                                         ///< angular filter left them open
  double temperature = 1.0;              ///< of probabilities

  std::size_t n_groups() const { return static_cast<std::size_t>(n_tracker_layers) + 2; }  ///< of planes
  std::size_t n_knots() const { return knots.size(); }                                     ///< of residual range
  /// Bins of distance from the beam's centre.
  std::size_t n_radii() const { return radius_edges.empty() ? 0 : radius_edges.size() - 1; }

  /// Group of a plane.
  std::size_t group(std::int32_t layer) const {
    return static_cast<std::size_t>(layer <= n_tracker_layers ? layer : n_tracker_layers + 1);
  }
  /// Where a residual range [mm water] lies; outside the knots the nearest one holds.
  RangePlace place(double residual_range) const;
  /// Bin of a distance from the beam's centre over its width; beyond the last edge the last bin.
  std::size_t radius_bin(double radius) const;
};

/// Throws InputError (file, tensor) unless all tables have their shapes, are finite, and probabilities lie in (0, 1).
void check_likelihood(const Likelihood& likelihood, const std::string& file);

/// The version of the files that are written, and the only one that is read: 1 did not know what secondaries do behind
/// their first hit.
inline constexpr int kLikelihoodSchema = 2;

/// Reads a likelihood file: safetensors, tables by their names above, the rest as metadata. Throws InputError for
/// another kind of file, another schema, and tables that do not fit.
Likelihood read_likelihood(const std::string& path);

/// Throws InputError (file, detector or particle) for a likelihood of another detector or beam than the hits are of.
void check_likelihood_is_of(const Likelihood& likelihood, const std::string& file, const std::string& detector,
                            matter::BeamParticle particle);

/// Writes one, whole or not at all.
void write_likelihood(const std::string& path, const Likelihood& likelihood);

}  // namespace difftrack::track
