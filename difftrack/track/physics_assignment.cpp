// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/physics_assignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/matter/scattering.hpp"

namespace difftrack::track {
namespace {

// Choices without a source; what each is worth is measured in docs/track.md, "Constants".
constexpr double kStudent = 5.0;       // degrees of freedom of the kink's core: single scatterings widen it
constexpr double kStudent68 = 1.1105;  // its 84 % quantile: projected 68 % half width of unit scale
constexpr double kBornSlope = 0.15;    // rad, directions of tracks that begin inside the detector
constexpr double kBornWidening = 2.0;  // births lie further out than primaries: variance over that of a layer's hits
constexpr double kBornFarthest = 8.0;  // a birth's exponent is held here, so that no hit is out of the question

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

double normal_density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi); }
double normal_above(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

double momentum_velocity(double energy) { return matter::kinematics(energy, matter::kProtonMass).pv; }

double student_density(double angle, double scale) {
  const double s2 = scale * scale;
  return std::pow(1.0 + angle * angle / (kStudent * s2), -0.5 * (kStudent + 2.0)) / (2.0 * std::numbers::pi * s2);
}
double gauss_density(double angle, double scale) {
  const double s2 = scale * scale;
  return std::exp(-0.5 * angle * angle / s2) / (2.0 * std::numbers::pi * s2);
}

}  // namespace

/// Expected direction of tracks at layer 0: slope = (position - centre) * slope_per_mm, with a spread; and the beam's
/// width there [mm].
struct PhysicsAssignment::Beam {
  double centre_x, centre_y, slope_per_mm, spread, width;
  Direction at(double x, double y) const {
    const double tx = (x - centre_x) * slope_per_mm, ty = (y - centre_y) * slope_per_mm;
    const double norm = 1.0 / std::sqrt(1.0 + tx * tx + ty * ty);
    return {tx * norm, ty * norm, norm};
  }
};

/// What happens to a track between plane L and plane L + 1.
struct PhysicsAssignment::Plane {
  double kink;   ///< [rad] projected width of the kink at plane L
  double death;  ///< probability not to reach plane L + 1
};

PhysicsAssignment::PhysicsAssignment(const detector::Detector& detector)
    : PhysicsAssignment(detector, PhysicsConfig{}) {}

PhysicsAssignment::PhysicsAssignment(const detector::Detector& detector, const PhysicsConfig& config)
    : config_(config),
      matter_(detector::layer_matter(detector)),
      source_z_(detector.source_z),
      first_layer_(detector.n_tracker_layers) {
  core::check_fields(config, "");
}

double PhysicsAssignment::range_of_frame(const event::Frame& frame) const {
  constexpr std::int32_t kFront = 4;       // planes that tell how many protons there are
  constexpr double kStepsPerSpread = 2.0;  // of the grid of ranges
  const std::int32_t n_layers = frame.n_layers();
  if (n_layers == 0) return 0.0;
  // The first plane without hits, where there is one, tells as much as those before it.
  const auto n_planes = std::min(at(n_layers) + 1, matter_.plane_z.size());
  std::vector<double> hits(n_planes, 0.0), depth(n_planes), lost(n_planes);
  double level = 0.0;
  for (std::size_t p = 0; p < n_planes; ++p) {
    const auto layer = static_cast<std::int32_t>(p);
    if (layer < n_layers) hits[p] = frame.end(layer) - frame.begin(layer);
    depth[p] = matter_.plane_wet(layer);
    lost[p] = std::exp(-config_.nuclear_loss * (depth[p] - depth[0]));
    if (layer < std::min(n_layers, kFront)) level += hits[p] / lost[p] / std::min(n_layers, kFront);
  }
  const double spread = range_spread(), step = spread / kStepsPerSpread;
  double best = -std::numeric_limits<double>::infinity(), weights = 0.0, mean = 0.0;
  const auto n_ranges = static_cast<int>((depth.back() - depth.front() + 2.0 * spread) / step) + 1;
  for (int i = 0; i < n_ranges; ++i) {
    const double range = depth.front() + i * step;
    double log_likelihood = 0.0;
    for (std::size_t p = 0; p < n_planes; ++p) {
      const double expected = level * (lost[p] * normal_above((depth[p] - range) / spread) + config_.birth_share);
      log_likelihood += hits[p] * std::log(expected) - expected;
    }
    if (log_likelihood > best) {  // all weights are relative to the best so far
      const double fade = std::exp(best - log_likelihood);
      weights *= fade, mean *= fade, best = log_likelihood;
    }
    weights += std::exp(log_likelihood - best), mean += range * std::exp(log_likelihood - best);
  }
  return mean / weights;
}

double PhysicsAssignment::range_spread() const {
  return config_.range_straggling * matter::water().range(config_.beam_energy);
}

std::vector<PhysicsAssignment::Plane> PhysicsAssignment::planes(double range, std::int32_t n_layers) const {
  std::vector<Plane> result(at(n_layers));
  const double spread = range_spread();
  // Mean range left to those whose range exceeds a depth.
  const auto mean_left = [&](double depth) {
    const double z = (depth - range) / spread;
    const double alive = normal_above(z);
    return alive > 1e-8 ? range - depth + spread * normal_density(z) / alive : spread / std::max(z, 1.0);
  };
  double depth = matter_.front_wet, before = 0.0;
  for (std::int32_t layer = 0; layer < n_layers; ++layer) {
    Plane& plane = result[at(layer)];
    const bool last = layer + 1 == n_layers;
    const double gap = last ? 0.0 : matter_.gap_wet[at(layer)];
    const double alive = std::max(normal_above((depth - range) / spread), 1e-12);
    const double alive_next = std::max(normal_above((depth + gap - range) / spread), 1e-13);
    plane.death = std::clamp(1.0 - alive_next / alive * std::exp(-config_.nuclear_loss * gap), 1e-4, 0.999);
    plane.kink = 0.0;
    if (layer > 0) {
      const double energy = matter::water().energy_at_range(mean_left(depth) + 0.5 * before);
      plane.kink = matter_.gap_scattering[at(layer - 1)] / momentum_velocity(energy);
      const double d1 = matter_.plane_z[at(layer)] - matter_.plane_z[at(layer - 1)];
      const double d2 = last ? d1 : matter_.plane_z[at(layer + 1)] - matter_.plane_z[at(layer)];
      const double lever = 1.0 / (d1 * d1) + 1.0 / (d2 * d2) + std::pow(1.0 / d1 + 1.0 / d2, 2);
      plane.kink = std::hypot(plane.kink, config_.position_resolution * std::sqrt(lever));
    }
    before = gap;
    depth += gap;
  }
  return result;
}

PhysicsAssignment::Beam PhysicsAssignment::entrance(const event::Frame& frame, double range, std::int32_t layer) const {
  // Fermi–Eyges moments at the plane of `layer` behind `water` mm of water.
  const matter::Medium& medium = matter::water();
  const double full = medium.range(config_.beam_energy);
  const double water = std::max(0.0, full - range), plane = matter_.plane_z[at(layer)];
  const double front = config_.phantom_centre_z - 0.5 * water;
  const double from_source = plane - source_z_;
  double angle2 = config_.beam_divergence * config_.beam_divergence;
  double mixed = angle2 * from_source, width2 = angle2 * from_source * from_source + std::pow(config_.beam_sigma, 2);
  const double pv_start = momentum_velocity(config_.beam_energy);
  constexpr int kSteps = 50;
  for (int i = 0; i < kSteps && water > 0.0; ++i) {
    const double depth = (i + 0.5) * water / kSteps, lever = plane - (front + depth);
    const double pv = momentum_velocity(medium.energy_at_range(full - depth));
    const double t2 = matter::scattering_variance(medium, matter::kProton, water / kSteps, pv, pv_start);
    angle2 += t2;
    mixed += t2 * lever;
    width2 += t2 * lever * lever;
  }
  Beam beam{0.0, 0.0, mixed / width2, std::sqrt(std::max(1e-8, angle2 - mixed * mixed / width2)), std::sqrt(width2)};
  if (frame.has_spot) {
    beam.centre_x = static_cast<double>(frame.spot_x);
    beam.centre_y = static_cast<double>(frame.spot_y);
  } else {
    const auto begin = frame.begin(layer), end = frame.end(layer);
    for (auto h = begin; h < end; ++h) {
      beam.centre_x += static_cast<double>(frame.hits.x[at(h)]) / (end - begin);
      beam.centre_y += static_cast<double>(frame.hits.y[at(h)]) / (end - begin);
    }
  }
  return beam;
}

namespace {

/// -log of the density of births at each hit of a layer. The spread of its hits counts with the beam's expected width
/// as one hit more: a single hit tells nothing of it.
std::vector<double> birth_costs(const event::Frame& frame, std::int32_t layer, double share, double width) {
  const auto begin = frame.begin(layer), end = frame.end(layer);
  const double n = end - begin;
  double mx = 0.0, my = 0.0, xx = width * width / (n + 1.0), yy = xx;
  for (auto h = begin; h < end; ++h)
    mx += static_cast<double>(frame.hits.x[at(h)]) / n, my += static_cast<double>(frame.hits.y[at(h)]) / n;
  for (auto h = begin; h < end; ++h) {
    xx += std::pow(static_cast<double>(frame.hits.x[at(h)]) - mx, 2) / (n + 1.0);
    yy += std::pow(static_cast<double>(frame.hits.y[at(h)]) - my, 2) / (n + 1.0);
  }
  std::vector<double> costs;
  for (auto h = begin; h < end; ++h) {
    const double dx = static_cast<double>(frame.hits.x[at(h)]) - mx, dy = static_cast<double>(frame.hits.y[at(h)]) - my;
    const double exponent = 0.5 * (dx * dx / xx + dy * dy / yy) / kBornWidening;
    const double density = share * n / (2.0 * std::numbers::pi * kBornWidening * std::sqrt(xx * yy));
    costs.push_back(std::min(exponent, kBornFarthest) - std::log(density));
  }
  return costs;
}

}  // namespace

SegmentAssignment PhysicsAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                                std::span<const float> log_odds) const {
  SegmentAssignment result{std::vector<std::uint8_t>(graph.size(), 0), std::vector<float>(graph.size(), 0.0F)};
  const std::int32_t n_layers = frame.n_layers();
  if (n_layers > static_cast<std::int32_t>(matter_.plane_z.size()))
    throw core::InputError({"", "layers", std::to_string(n_layers)}, "the frame has more layers than the detector (" +
                                                                         std::to_string(matter_.plane_z.size()) + ")");
  if (n_layers < 2) return result;
  const double range = config_.residual_range > 0.0 ? config_.residual_range : range_of_frame(frame);
  const auto plane = planes(range, n_layers);
  const std::int32_t first = std::min(first_layer_, n_layers - 2);
  const Beam beam = entrance(frame, range, first);
  std::vector<Direction> arrived(frame.hits.size()), left(frame.hits.size());  // assigned segments at each hit
  assign::Workspace workspace;
  for (const SweepStep step : sweep_order(n_layers, first)) {
    const std::int32_t layer = step.layer;
    const auto pair = at(n_layers - 2 - layer);
    const auto begin = at(graph.pair_begin[pair]), end = at(graph.pair_begin[pair + 1]);
    const auto first_shallow = frame.begin(layer), first_deep = frame.begin(layer + 1);
    const double death = plane[at(layer)].death;
    assign::LeavingCosts leaving;
    if (step.downstream) {
      leaving.row = birth_costs(frame, layer + 1, config_.birth_share, beam.width);
      leaving.column.assign(at(frame.end(layer) - first_shallow), -std::log(death));
    } else {  // upstream a track ends where it was born, and begins where it died
      leaving.row.assign(at(frame.end(layer + 1) - first_deep), -std::log(config_.birth_share));
      leaving.column = birth_costs(frame, layer, death, beam.width);
    }
    const double stays = 1.0 - (step.downstream ? death : config_.birth_share);
    const double width = plane[at(step.downstream ? layer : layer + 1)].kink;
    std::vector<double> costs;
    costs.reserve(end - begin);
    for (auto s = begin; s < end; ++s) {
      const auto shallow = at(graph.shallow[s]), deep = at(graph.deep[s]);
      const Direction direction = segment_direction(frame, graph, s);
      const Direction& known = step.downstream ? arrived[shallow] : left[deep];
      const double distance =
          std::abs(static_cast<double>(frame.hits.z[deep]) - static_cast<double>(frame.hits.z[shallow]));
      double density = 0.0;
      if (known.known()) {
        const double kink = angle_between(known, direction);
        density = (1.0 - config_.tail_share) * student_density(kink, width / kStudent68) +
                  config_.tail_share * gauss_density(kink, config_.tail_width);
      } else {
        const auto from = step.downstream ? shallow : deep;
        const double kink = angle_between(
            beam.at(static_cast<double>(frame.hits.x[from]), static_cast<double>(frame.hits.y[from])), direction);
        density = layer <= first ? (1.0 - config_.tail_share) * gauss_density(kink, beam.spread) +
                                       config_.tail_share * gauss_density(kink, config_.tail_width)
                                 : gauss_density(kink, kBornSlope);
      }
      const double witness = log_odds.empty() ? 0.0 : static_cast<double>(log_odds[s]);
      costs.push_back(-std::log(stays * density / (distance * distance)) - witness);
    }
    for (auto s = begin; s < end; ++s) {
      const double apart =
          leaving.row[at(graph.deep[s] - first_deep)] + leaving.column[at(graph.shallow[s] - first_shallow)];
      result.scores[s] = static_cast<float>(1.0 / (1.0 + std::exp(costs[s - begin] - apart)));
    }
    for (const auto s : solve_pair(frame, graph, pair, std::move(costs), leaving, workspace)) {
      result.assigned[s] = 1;
      arrived[at(graph.deep[s])] = left[at(graph.shallow[s])] = segment_direction(frame, graph, s);
    }
  }
  return result;
}

}  // namespace difftrack::track
