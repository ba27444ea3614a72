// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/physics_assignment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace difftrack::track {
namespace {

// Choices without a source; what each is worth is measured in docs/track.md, "Constants".
constexpr double kStudent = 5.0;       // degrees of freedom of the kink's core: single scatterings widen it
constexpr double kStudent68 = 1.1105;  // its 84 % quantile: projected 68 % half width of unit scale
constexpr double kBornSlope = 0.15;    // rad, directions of tracks that begin inside the detector
constexpr double kBornWidening = 2.0;  // births lie further out than primaries: variance over that of a layer's hits
constexpr double kBornFarthest = 8.0;  // a birth's exponent is held here, so that no hit is out of the question

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

double student_density(double angle, double scale) {
  const double s2 = scale * scale;
  return std::pow(1.0 + angle * angle / (kStudent * s2), -0.5 * (kStudent + 2.0)) / (2.0 * std::numbers::pi * s2);
}
double gauss_density(double angle, double scale) {
  const double s2 = scale * scale;
  return std::exp(-0.5 * angle * angle / s2) / (2.0 * std::numbers::pi * s2);
}

}  // namespace

PhysicsAssignment::PhysicsAssignment(const detector::Detector& detector)
    : PhysicsAssignment(detector, PhysicsConfig{}) {}

PhysicsAssignment::PhysicsAssignment(const detector::Detector& detector, const PhysicsConfig& config)
    : expectation_(detector, config), first_layer_(detector.n_tracker_layers) {}

double PhysicsAssignment::range_of_frame(const event::Frame& frame) const { return expectation_.range_of_frame(frame); }

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
  if (n_layers < 2) return result;
  const PhysicsConfig& config = expectation_.config();
  const double tail = config.tail(!log_odds.empty());
  const double range = expectation_.range(frame);
  const auto plane = expectation_.planes(range, n_layers);
  const std::int32_t first = std::min(first_layer_, n_layers - 2);
  const BeamExpectation beam = expectation_.beam(frame, range, first);
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
      leaving.row = birth_costs(frame, layer + 1, config.birth_share, beam.width);
      leaving.column.assign(at(frame.end(layer) - first_shallow), -std::log(death));
    } else {  // upstream a track ends where it was born, and begins where it died
      leaving.row.assign(at(frame.end(layer + 1) - first_deep), -std::log(config.birth_share));
      leaving.column = birth_costs(frame, layer, death, beam.width);
    }
    const double stays = 1.0 - (step.downstream ? death : config.birth_share);
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
        density =
            (1.0 - tail) * student_density(kink, width / kStudent68) + tail * gauss_density(kink, config.tail_width);
      } else {
        const auto from = step.downstream ? shallow : deep;
        const double kink = angle_between(
            beam.at(static_cast<double>(frame.hits.x[from]), static_cast<double>(frame.hits.y[from])), direction);
        density = layer <= first
                      ? (1.0 - tail) * gauss_density(kink, beam.spread) + tail * gauss_density(kink, config.tail_width)
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
