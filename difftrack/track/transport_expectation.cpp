// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/transport_expectation.hpp"

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

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

double normal_density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi); }
double normal_above(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

/// Where truth tells what the first of the beam's particles is, that must be what the options say: widths and ranges of
/// the other are two times off.
void check_particle(const event::Frame& frame, matter::BeamParticle said) {
  constexpr std::int32_t kProton = 2212, kAlpha = 1000020040;  // PDG codes
  if (frame.hits.pdg.empty() || frame.hits.primary.empty()) return;
  for (std::size_t h = frame.hits.size(); h-- > 0;) {  // hits are ordered from deep to shallow
    if (frame.hits.primary[h] == 0) continue;
    const std::int32_t pdg = frame.hits.pdg[h];
    const bool helium = said == matter::BeamParticle::Helium;
    if (pdg == (helium ? kProton : kAlpha))
      throw core::InputError({"", "particle", std::string(core::name_of(said))},
                             std::string("but the primaries are ") + (helium ? "protons" : "helium") +
                                 " by their PDG code " + std::to_string(pdg) + "; say --particle " +
                                 (helium ? "proton" : "helium"));
    return;
  }
}

}  // namespace

Direction BeamExpectation::at(double x, double y) const {
  const double tx = (x - centre_x) * slope_per_mm, ty = (y - centre_y) * slope_per_mm;
  const double norm = 1.0 / std::sqrt(1.0 + tx * tx + ty * ty);
  return {tx * norm, ty * norm, norm};
}

TransportExpectation::TransportExpectation(const detector::Detector& detector, const PhysicsConfig& config)
    : config_(config), matter_(detector::layer_matter(detector)), source_z_(detector.source_z) {
  core::check_fields(config, "");
}

double TransportExpectation::range_of_frame(const event::Frame& frame) const {
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
    lost[p] = std::exp(-config_.loss() * (depth[p] - depth[0]));
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

double TransportExpectation::range(const event::Frame& frame) const {
  check_particle(frame, config_.particle);
  return config_.residual_range > 0.0 ? config_.residual_range : range_of_frame(frame);
}

double TransportExpectation::range_spread() const { return config_.straggling() * beam_range(); }

double TransportExpectation::beam_range() const {
  return matter::water().range(ion(), ion().nucleons * config_.beam_energy);
}

double TransportExpectation::pv_at_range(double range) const {
  return matter::kinematics(matter::water().energy_at_range(ion(), range), ion().mass).pv;
}

std::vector<PlaneExpectation> TransportExpectation::planes(double range, std::int32_t n_layers) const {
  if (n_layers > static_cast<std::int32_t>(matter_.plane_z.size()))
    throw core::InputError({"", "layers", std::to_string(n_layers)}, "the frame has more layers than the detector (" +
                                                                         std::to_string(matter_.plane_z.size()) + ")");
  std::vector<PlaneExpectation> result(at(n_layers));
  const double spread = range_spread();
  // Mean range left to those whose range exceeds a depth.
  const auto mean_left = [&](double depth) {
    const double z = (depth - range) / spread;
    const double alive = normal_above(z);
    return alive > 1e-8 ? range - depth + spread * normal_density(z) / alive : spread / std::max(z, 1.0);
  };
  double depth = matter_.front_wet, before = 0.0;
  for (std::int32_t layer = 0; layer < n_layers; ++layer) {
    PlaneExpectation& plane = result[at(layer)];
    plane.depth = depth;
    const bool last = layer + 1 == n_layers;
    const double gap = last ? 0.0 : matter_.gap_wet[at(layer)];
    const double alive = std::max(normal_above((depth - range) / spread), 1e-12);
    const double alive_next = std::max(normal_above((depth + gap - range) / spread), 1e-13);
    plane.death = std::clamp(1.0 - alive_next / alive * std::exp(-config_.loss() * gap), 1e-4, 0.999);
    if (layer > 0) {
      // A deflection is that of a proton of the same pv, times the charge.
      plane.kink = std::sqrt(ion().charge2) * matter_.gap_scattering[at(layer - 1)] /
                   pv_at_range(mean_left(depth) + 0.5 * before);
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

BeamExpectation TransportExpectation::beam(const event::Frame& frame, double range, std::int32_t layer) const {
  // Fermi–Eyges moments at the plane of `layer` behind `water` mm of water.
  const matter::Medium& medium = matter::water();
  const double full = beam_range();
  const double water = std::max(0.0, full - range), plane = matter_.plane_z[at(layer)];
  const double front = config_.phantom_centre_z - 0.5 * water;
  const double from_source = plane - source_z_;
  double angle2 = config_.beam_divergence * config_.beam_divergence;
  double mixed = angle2 * from_source, width2 = angle2 * from_source * from_source + std::pow(config_.beam_sigma, 2);
  const double pv_start = matter::kinematics(ion().nucleons * config_.beam_energy, ion().mass).pv;
  constexpr int kSteps = 50;
  for (int i = 0; i < kSteps && water > 0.0; ++i) {
    const double depth = (i + 0.5) * water / kSteps, lever = plane - (front + depth);
    const double t2 = matter::scattering_variance(medium, ion(), water / kSteps, pv_at_range(full - depth), pv_start);
    angle2 += t2;
    mixed += t2 * lever;
    width2 += t2 * lever * lever;
  }
  BeamExpectation beam{0.0, 0.0, mixed / width2, std::sqrt(std::max(1e-8, angle2 - mixed * mixed / width2)),
                       std::sqrt(width2)};
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

}  // namespace difftrack::track
