// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/path_finder.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/matter/scattering.hpp"

namespace difftrack::image {

namespace {

constexpr double kLeastEnergy = 1.0;  // [MeV] scattering power is not asked for below
constexpr double kPvStart =
    1.0001;  // of the start of matter: the scattering power has no limit where pv is still pv_start

// A 2 x 2 matrix, row by row.
struct Matrix {
  double a, b, c, d;
};

Matrix product(const Matrix& m, const Matrix& n) {
  return {m.a * n.a + m.b * n.c, m.a * n.b + m.b * n.d, m.c * n.a + m.d * n.c, m.c * n.b + m.d * n.d};
}
Matrix matrix(const Covariance& c) { return {c.xx, c.xs, c.xs, c.ss}; }
Matrix inverse(const Covariance& c) {
  const double det = c.xx * c.ss - c.xs * c.xs;
  return {c.ss / det, -c.xs / det, -c.xs / det, c.xx / det};
}
// The gain C1 (C1 + C2)^-1.
Matrix gain(const Covariance& c1, const Covariance& c2) { return product(matrix(c1), inverse(c1 + c2)); }

double pv_of(double energy) { return matter::kinematics(energy, matter::kProton.mass).pv; }

double water_power(double energy, double pv_start) {
  return matter::scattering_power(matter::water(), matter::kProton, pv_of(std::max(energy, kLeastEnergy)), pv_start);
}

Covariance at_source(const detector::BeamConfig& beam) {
  return {beam.sigma * beam.sigma, beam.correlation() * beam.sigma * beam.divergence,
          beam.divergence * beam.divergence};
}

Line spot_axis(const PathInput& proton, const detector::BeamConfig& beam) {
  return {proton.spot_x, proton.spot_y, proton.spot_x / beam.steering_distance, proton.spot_y / beam.steering_distance};
}

}  // namespace

struct PathFinder::Ends {
  double length = 0.0, density = 0.0;  // [mm], [mm of water per mm]
  Covariance prior, measured;
  std::array<double, 2> prior_x{}, prior_slope{}, out_x{}, out_slope{};
};

ScatteringMoments::ScatteringMoments(double energy, double scale) {
  const double range = matter::water().range(energy), pv_start = pv_of(energy) * kPvStart;
  sums_.emplace_back();
  for (double depth = 0.0; depth + kStep <= range; depth += kStep) {
    const double middle = depth + 0.5 * kStep;
    const double t = scale * kStep * water_power(matter::water().energy_at_range(range - middle), pv_start);
    Sums next = sums_.back();
    next.t += t;
    next.td += t * middle;
    next.tdd += t * middle * middle;
    sums_.push_back(next);
  }
}

ScatteringMoments::Sums ScatteringMoments::up_to(double depth) const {
  const double at = std::clamp(depth / kStep, 0.0, static_cast<double>(sums_.size() - 1));
  const auto i = std::min(static_cast<std::size_t>(at), sums_.size() - 2);
  const double f = at - static_cast<double>(i);
  const Sums &a = sums_[i], &b = sums_[i + 1];
  return {a.t + f * (b.t - a.t), a.td + f * (b.td - a.td), a.tdd + f * (b.tdd - a.tdd)};
}

Covariance ScatteringMoments::between(const Sums& a, const Sums& b, double depth_b, double density) {
  const double t = b.t - a.t, td = b.td - a.td, tdd = b.tdd - a.tdd;
  return {(depth_b * depth_b * t - 2.0 * depth_b * td + tdd) / (density * density), (depth_b * t - td) / density, t};
}

PathFinder::PathFinder(const detector::Detector& detector, const Config& config)
    : config_(config), moments_((core::check_fields(config, ""), config.beam.energy), config.scattering_scale) {
  if (detector.layers.size() < 2)
    throw core::InputError({detector.name, "layers", std::to_string(detector.layers.size())},
                           "a direction needs two planes");
  const auto matter = detector::layer_matter(detector);
  source_ = at_source(config_.beam);
  source_z_ = config_.beam.source_z.value_or(detector.source_z);
  plane_z_ = matter.plane_z[0];
  gap_ = matter.plane_z[1] - matter.plane_z[0];
  front_wet_ = matter.front_wet;
  layer_scattering_ = matter.gap_scattering[0];
  air_radiation_length_ = matter::Medium(matter::named_material("air")).radiation_length();
  beam_pv_ = pv_of(config_.beam.energy);
}

Covariance PathFinder::air(double distance, double pv) const {
  if (distance <= 1.0) return {};
  const double angle = matter::highland_angle(distance / air_radiation_length_, pv), t = angle * angle;
  return {t * distance * distance / 3.0, 0.5 * t * distance, t};
}

PathFinder::Ends PathFinder::ends(const PathInput& proton, const Hull::Chord& chord) const {
  Ends e;
  e.length = chord.back - chord.front;
  e.density = e.length > 0.0 ? std::max(proton.wepl, 0.1) / e.length : 0.0;
  const double before = chord.front - source_z_;
  e.prior = source_.drifted(before) + air(before, beam_pv_);
  const Line axis = spot_axis(proton, config_.beam);
  e.prior_x = {axis.x + axis.slope_x * chord.front, axis.y + axis.slope_y * chord.front};
  e.prior_slope = {axis.slope_x, axis.slope_y};

  const double pv = pv_of(matter::water().energy_at_range(std::max(1.0, proton.range - front_wet_)));
  const double kink = layer_scattering_ / pv, pixel = config_.position_sd, behind = plane_z_ - chord.back;
  const Covariance noise{pixel * pixel, 0.0, 2.0 * pixel * pixel / (gap_ * gap_) + kink * kink};
  e.measured = (noise + air(behind, pv)).drifted(-behind);
  e.out_x = {proton.x - behind * proton.slope_x, proton.y - behind * proton.slope_y};
  e.out_slope = {proton.slope_x, proton.slope_y};
  return e;
}

PathState PathFinder::state_at(const PathInput& proton, const Hull::Chord& chord, double z) const {
  const Ends e = ends(proton, chord);
  const double u = z - chord.front, rest = e.length - u;
  const auto start = moments_.up_to(0.0), here = moments_.up_to(u * e.density),
             end = moments_.up_to(e.length * e.density);
  Covariance c1 = e.prior.drifted(u), c2 = e.measured;
  if (e.length > 0.0) {
    c1 = c1 + ScatteringMoments::between(start, here, u * e.density, e.density);
    c2 = (c2 + ScatteringMoments::between(here, end, e.length * e.density, e.density)).drifted(-rest);
  }
  const Matrix k = gain(c1, c2);
  PathState state;
  const auto axis = [&](std::size_t i, double& x, double& slope) {
    const double m1 = e.prior_x[i] + u * e.prior_slope[i], s1 = e.prior_slope[i];
    const double dx = e.out_x[i] - rest * e.out_slope[i] - m1, ds = e.out_slope[i] - s1;
    x = m1 + k.a * dx + k.b * ds;
    slope = s1 + k.c * dx + k.d * ds;
  };
  axis(0, state.x, state.slope_x);
  axis(1, state.y, state.slope_y);
  const Matrix covariance = product(k, matrix(c2));
  state.covariance = {covariance.a, 0.5 * (covariance.b + covariance.c), covariance.d};
  return state;
}

std::optional<Hull::Chord> PathFinder::chord(const PathInput& proton, const Hull& hull,
                                             const Rotation& rotation) const {
  const Line exit{proton.x - plane_z_ * proton.slope_x, proton.y - plane_z_ * proton.slope_y, proton.slope_x,
                  proton.slope_y};
  const auto out = hull.chord(exit, rotation, proton.wepl);
  if (!out) return std::nullopt;
  if (!hull.known()) return out;
  Hull::Chord chord = *out;
  if (const auto in = hull.chord(spot_axis(proton, config_.beam), rotation, proton.wepl)) chord.front = in->front;
  constexpr int kRounds = 2;
  for (int round = 0; round < kRounds; ++round) {
    chord.front = std::min(chord.front, chord.back - 0.1);
    const PathState entrance = state_at(proton, chord, chord.front);
    const Line line{entrance.x - chord.front * entrance.slope_x, entrance.y - chord.front * entrance.slope_y,
                    entrance.slope_x, entrance.slope_y};
    const auto in = hull.chord(line, rotation, proton.wepl);
    if (!in) break;
    chord.front = in->front;
  }
  chord.front = std::min(chord.front, chord.back - 0.1);
  return chord;
}

Path PathFinder::operator()(const PathInput& proton, const Hull& hull, const Rotation& rotation) const {
  const auto found = chord(proton, hull, rotation);
  const Hull::Chord c = found.value_or(Hull::Chord{});
  const Ends e = ends(proton, c);
  Path path;
  path.front = static_cast<float>(c.front);
  path.back = static_cast<float>(c.back);
  std::array<ScatteringMoments::Sums, Path::kNodes> sums;
  const double step = e.length / static_cast<double>(Path::kNodes - 1);
  for (std::size_t n = 0; n < Path::kNodes; ++n) sums[n] = moments_.up_to(step * static_cast<double>(n) * e.density);
  for (std::size_t n = 0; n < Path::kNodes; ++n) {
    const double u = step * static_cast<double>(n), rest = e.length - u;
    Covariance c1 = e.prior.drifted(u), c2 = e.measured;
    if (e.length > 0.0) {
      c1 = c1 + ScatteringMoments::between(sums.front(), sums[n], u * e.density, e.density);
      c2 = (c2 + ScatteringMoments::between(sums[n], sums.back(), e.length * e.density, e.density)).drifted(-rest);
    }
    const Matrix k = gain(c1, c2);
    const auto axis = [&](std::size_t i, float& x, float& slope) {
      const double m1 = e.prior_x[i] + u * e.prior_slope[i], s1 = e.prior_slope[i];
      const double dx = e.out_x[i] - rest * e.out_slope[i] - m1, ds = e.out_slope[i] - s1;
      x = static_cast<float>(m1 + k.a * dx + k.b * ds);
      slope = static_cast<float>(s1 + k.c * dx + k.d * ds);
      return std::array{dx, ds};
    };
    const auto rx = axis(0, path.x[n], path.slope_x[n]), ry = axis(1, path.y[n], path.slope_y[n]);
    if (n + 1 < Path::kNodes) continue;
    const Matrix w = inverse(c1 + c2);
    const auto misfit = [&](const std::array<double, 2>& r) {
      return static_cast<float>(r[0] * (w.a * r[0] + w.b * r[1]) + r[1] * (w.c * r[0] + w.d * r[1]));
    };
    path.misfit_x = misfit(rx);
    path.misfit_y = misfit(ry);
  }
  return path;
}

PathState path_state_reference(const detector::Detector& detector, const PathFinder::Config& config,
                               const PathInput& proton, const Hull::Chord& chord, double z) {
  const auto matter = detector::layer_matter(detector);
  const auto& water = matter::water();
  const double energy = config.beam.energy, range = water.range(energy), pv_start = pv_of(energy) * kPvStart;
  const double length = chord.back - chord.front, density = proton.wepl / length, u = z - chord.front;
  // Scattering between two depths of the chord, as seen at the deeper one, or, carried back, at the shallower one.
  const auto scattering = [&](double from, double to, bool at_front) {
    Covariance sum;
    constexpr int kSteps = 4000;
    for (int i = 0; i < kSteps; ++i) {
      const double s = from + (to - from) * (i + 0.5) / kSteps, lever = at_front ? from - s : to - s;
      const double t = config.scattering_scale * density * (to - from) / kSteps *
                       water_power(water.energy_at_range(range - density * s), pv_start);
      sum = sum + Covariance{t * lever * lever, t * lever, t};
    }
    return sum;
  };
  const double air_length = matter::Medium(matter::named_material("air")).radiation_length();
  const auto air = [&](double distance, double pv) {
    const double angle = matter::highland_angle(distance / air_length, pv), t = angle * angle;
    return Covariance{t * distance * distance / 3.0, t * distance / 2.0, t};
  };
  const double before = chord.front - config.beam.source_z.value_or(detector.source_z),
               behind = matter.plane_z[0] - chord.back;
  const double gap = matter.plane_z[1] - matter.plane_z[0];
  const double pv = pv_of(water.energy_at_range(proton.range - matter.front_wet));
  const double kink = matter.gap_scattering[0] / pv, pixel = config.position_sd;
  const Covariance noise{pixel * pixel, 0.0, 2.0 * pixel * pixel / (gap * gap) + kink * kink};
  const Covariance c1 =
      (at_source(config.beam).drifted(before) + air(before, pv_of(energy))).drifted(u) + scattering(0.0, u, false);
  const Covariance c2 = (noise + air(behind, pv)).drifted(-behind - (length - u)) + scattering(u, length, true);
  // Means weighted by inverse covariances.
  const Matrix w1 = inverse(c1), w2 = inverse(c2);
  const Covariance both{w1.a + w2.a, w1.b + w2.b, w1.d + w2.d};
  const Matrix v = inverse(both);
  PathState state;
  state.covariance = {v.a, v.b, v.d};
  const auto axis = [&](double spot, double x, double slope, double& mean, double& mean_slope) {
    const double s1 = spot / config.beam.steering_distance, x1 = spot + s1 * z;
    const double x2 = x - slope * (matter.plane_z[0] - z), s2 = slope;
    const double bx = w1.a * x1 + w1.b * s1 + w2.a * x2 + w2.b * s2;
    const double bs = w1.c * x1 + w1.d * s1 + w2.c * x2 + w2.d * s2;
    mean = v.a * bx + v.b * bs;
    mean_slope = v.c * bx + v.d * bs;
  };
  axis(proton.spot_x, proton.x, proton.slope_x, state.x, state.slope_x);
  axis(proton.spot_y, proton.y, proton.slope_y, state.y, state.slope_y);
  return state;
}

}  // namespace difftrack::image
