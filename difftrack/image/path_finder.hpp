// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "difftrack/core/fields.hpp"
#include "difftrack/detector/beam.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/image/hull.hpp"

namespace difftrack::image {

/// A symmetric matrix of two dimensions: variances and covariance of a position [mm] and its slope.
struct Covariance {
  double xx = 0.0, xs = 0.0, ss = 0.0;

  Covariance operator+(const Covariance& o) const { return {xx + o.xx, xs + o.xs, ss + o.ss}; }
  /// After a straight flight over `distance` [mm]: R C R^T with R = ((1, d), (0, 1)).
  Covariance drifted(double distance) const {
    return {xx + 2.0 * distance * xs + distance * distance * ss, xs + distance * ss, ss};
  }
};

/// Fermi–Eyges integrals of multiple scattering in water, from a depth where a proton has the beam's energy: cumulative
/// sums of T(d), T d, T d² over depth d, with Gottschalk's scattering power T (matter/scattering.hpp), from which the
/// covariance between two depths follows at once:
///   Sigma(a, b) = integral_a^b T(u) ((b-u)², (b-u); (b-u), 1) du.
class ScatteringMoments {
 public:
  /// `energy` [MeV] at depth 0; `scale` is a factor on T.
  ScatteringMoments(double energy, double scale);

  /// Cumulative integrals up to a depth.
  struct Sums {
    double t = 0.0, td = 0.0, tdd = 0.0;  ///< of T [rad²], T d [rad² mm], T d² [rad² mm²]
  };
  Sums up_to(double depth) const;  ///< `depth` [mm of water], cut to the table

  /// Covariance at `b` of what happens from `a` to `b`, with the sums up to both and their depths in mm of water, where
  /// the matter has `density` mm of water per mm.
  static Covariance between(const Sums& a, const Sums& b, double depth_b, double density);

 private:
  static constexpr double kStep = 0.5;  // [mm]
  std::vector<Sums> sums_;
};

/// The way of one proton through a phantom: straight, then a cubic spline through the posterior means at equal
/// distances between entrance and exit, then straight.
struct Path {
  static constexpr std::size_t kNodes = 9;
  float front = 0.0F, back = 0.0F;                 ///< [mm] depths of entrance and exit; equal: it met no phantom
  std::array<float, kNodes> x{}, y{};              ///< [mm] at the nodes
  std::array<float, kNodes> slope_x{}, slope_y{};  ///< at the nodes
  float misfit_x = 0.0F, misfit_y = 0.0F;  ///< squared pull of the exit's state against what spot and matter predict

  /// Position [mm] at depth z.
  std::array<float, 2> at(float z) const;
};

inline std::array<float, 2> Path::at(float z) const {
  if (z <= front) return {x[0] + (z - front) * slope_x[0], y[0] + (z - front) * slope_y[0]};
  constexpr std::size_t last = kNodes - 1;
  if (z >= back) return {x[last] + (z - back) * slope_x[last], y[last] + (z - back) * slope_y[last]};
  const float h = (back - front) / static_cast<float>(last), t = (z - front) / h;
  const std::size_t i = std::min(static_cast<std::size_t>(t), last - 1);
  const float f = t - static_cast<float>(i), g = f * f * (3.0F - 2.0F * f), e = h * f * (1.0F - f);
  const auto hermite = [&](const std::array<float, kNodes>& p, const std::array<float, kNodes>& m) {
    return p[i] + g * (p[i + 1] - p[i]) + e * ((1.0F - f) * m[i] - f * m[i + 1]);
  };
  return {hermite(x, slope_x), hermite(y, slope_y)};
}

/// What is known of a proton at a depth.
struct PathState {
  double x = 0.0, y = 0.0, slope_x = 0.0, slope_y = 0.0;  ///< posterior means
  Covariance covariance;                                  ///< of either axis
};

/// What one proton is known by.
struct PathInput {
  double x = 0.0, y = 0.0, slope_x = 0.0, slope_y = 0.0;  ///< on the first plane
  double spot_x = 0.0, spot_y = 0.0;                      ///< [mm] at the isocentre
  double wepl = 0.0;                                      ///< [mm of water] of the phantom
  double range = 0.0;                                     ///< [mm of water] behind the detector's front
};

/// Most likely path of a proton of which the spot and the exit are known, but not the entrance (single-sided): normal
/// densities throughout (Schulte et al., Med. Phys. 35 (2008) 4849; Krah et al., PMB 63 (2018) 135013, for the spot).
///
/// Per axis, y = (position, slope). At the entrance the spot says y ~ N(m, P): its covariance at the source, drifted
/// there, with the scattering in the air before. At the first plane the tracker says z = y + noise: pixels, and for the
/// slope the scattering in the tracker's first layer. Between lies the phantom, with scattering Sigma, taken as water
/// that is stretched to the chord. At depth u of a chord of length L:
///   C1 = R(u) P R(u)^T + Sigma(0, u)                     m1 = R(u) m
///   C2 = R(L-u)^-1 (Sigma(u, L) + M) R(L-u)^-T           m2 = R(L-u)^-1 y_out
///   mean = m1 + C1 (C1 + C2)^-1 (m2 - m1)                covariance C1 (C1 + C2)^-1 C2
/// with (y_out, M) the measurement carried back through the air to the exit. u = 0 is the posterior entrance. The chord
/// is that of the hull: exit by the measured ray, entrance by the posterior's, found in two rounds.
///
/// Approximated: the water-equivalent path is spread evenly over the chord; the hull is met at the same depth by both
/// axes. Const and safe from several threads.
class PathFinder {
 public:
  /// Its options beside those of the beam.
  struct Config {
    detector::BeamConfig beam;
    double position_sd = 0.005;     ///< [mm]
    double scattering_scale = 1.0;  ///< on the variance of angles in the phantom

    static constexpr auto fields() {
      using core::field;
      return std::tuple{
          core::part(&Config::beam),
          field("position_sd", &Config::position_sd, "mm", {0.0, 10.0}, "Standard deviation of a hit's position."),
          field("scattering_scale", &Config::scattering_scale, "", {0.01, 100.0},
                "Factor on the variance of scattering in the phantom.")};
    }
  };

  /// Throws InputError for options out of range, an emittance above pi sigma divergence, and a detector of one layer.
  PathFinder(const detector::Detector& detector, const Config& config);

  /// The path at one rotation, with the hull.
  Path operator()(const PathInput& proton, const Hull& hull, const Rotation& rotation) const;

  /// Mean and covariance at depth z within a chord, both axes; what the path is made of, for tests and exports.
  PathState state_at(const PathInput& proton, const Hull::Chord& chord, double z) const;

  /// The chord that the path uses; none where the proton misses the hull.
  std::optional<Hull::Chord> chord(const PathInput& proton, const Hull& hull, const Rotation& rotation) const;

  double plane_z() const { return plane_z_; }  ///< [mm] of the first plane, where protons are measured
  const Config& config() const { return config_; }

 private:
  struct Ends;  // prior at the entrance, measurement at the exit
  Ends ends(const PathInput& proton, const Hull::Chord& chord) const;
  Covariance air(double distance, double pv) const;

  Config config_;
  ScatteringMoments moments_;
  Covariance source_;  // of the beam at the source
  double source_z_, plane_z_, gap_, front_wet_, layer_scattering_, air_radiation_length_, beam_pv_;
};

/// The same by plain matrix algebra, node by node and with scattering integrals by summation: what state_at is tested
/// against.
PathState path_state_reference(const detector::Detector& detector, const PathFinder::Config& config,
                               const PathInput& proton, const Hull::Chord& chord, double z);

}  // namespace difftrack::image
