// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_environment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/ion.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/track/kink.hpp"

namespace difftrack::learn {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// The published reward as it is coded.
constexpr double kAlpha = 0.0262, kPower = 1.736;                            // R = α E^p [mm, MeV]
constexpr double kFirstDepth = 1.8, kSecondDepth = 2.34, kLayerDepth = 8.2;  // [mm water] in front of a layer
constexpr double kRadiationLength = 36.06;                                   // of water, in cm where it is used with mm
constexpr double kHighland = 14.1;                                           // [MeV]
constexpr double kSensor = 0.025;                                            // [mm]
constexpr double kFarthestRange = 400.0;                                     // [mm]
constexpr double kNoFit = -100.0;

// The corrected one.
constexpr double kTailShare = 0.03, kTailWidth = 4.0;
constexpr double kChance = 0.01;  // of the density: no single step is worse than ln of it, about a proton's loss
constexpr std::size_t kNeighbours = 8;

constexpr std::int32_t kStartLayers = 5;

double published_thickness(std::int32_t layer) {
  return layer <= 1 ? kFirstDepth : layer == 2 ? kSecondDepth : kLayerDepth;
}

double highland(double thickness, double pv) {
  const double u = thickness / kRadiationLength;
  return kHighland / pv * std::sqrt(u) * (1.0 + std::log10(u) / 9.0);
}

/// Energy loss [MeV/mm] of a proton with that range left [mm].
double bragg(double left) {
  return 1.0 / (kPower * std::pow(kAlpha, 1.0 / kPower) * std::pow(left, 1.0 - 1.0 / kPower));
}

/// The range [mm] of least squares between `deepest` and 400 mm: the best of a grid, finer towards the deepest hit,
/// then a golden section around it.
template <class Depth>
std::optional<double> fitted_range(const event::Frame& frame, std::span<const std::int32_t> walk, const Depth& depth) {
  const double deepest = depth(frame.hits.layer[at(walk.front())]);
  const auto misfit = [&](double range) {
    double sum = 0.0;
    for (const std::int32_t h : walk)
      sum += std::pow(double{frame.hits.edep[at(h)]} / kSensor - bragg(range - depth(frame.hits.layer[at(h)])), 2);
    return sum;
  };
  constexpr int kGrid = 60, kSections = 40;
  constexpr double kNearest = 1e-3;  // [mm] behind the deepest hit
  const double span = std::log((kFarthestRange - deepest) / kNearest);
  const auto grid = [&](int i) { return deepest + kNearest * std::exp(span * i / kGrid); };
  int best = 0;
  double least = misfit(grid(0));
  for (int i = 1; i <= kGrid; ++i)
    if (const double value = misfit(grid(i)); value < least) best = i, least = value;
  if (!std::isfinite(least)) return std::nullopt;
  double low = grid(std::max(0, best - 1)), high = grid(std::min(kGrid, best + 1));
  for (int i = 0; i < kSections; ++i) {
    const double step = (high - low) / std::numbers::phi, left = high - step, right = low + step;
    if (misfit(left) < misfit(right))
      high = right;
    else
      low = left;
  }
  return 0.5 * (low + high);
}

double normal_density(double theta, double width) {
  const double variance = width * width;
  return std::exp(-0.5 * theta * theta / variance) / (2.0 * std::numbers::pi * variance);
}

}  // namespace

std::optional<std::int32_t> first_true_hit(const event::Frame& frame, std::int32_t hit) {
  const std::int32_t next = frame.hits.layer[at(hit)] - 1;
  if (next < 0 || frame.hits.event[at(hit)] < 0) return std::nullopt;
  for (std::int32_t h = frame.begin(next); h < frame.end(next); ++h)
    if (frame.hits.same_event(at(h), at(hit))) return h;
  return std::nullopt;
}

std::vector<TrueDecision> true_decisions(const event::Frame& frame) {
  const auto& hits = frame.hits;
  if (!hits.has_truth() || hits.primary.empty())
    throw core::InputError({"", "eventID, parentID", ""}, "training needs the truth of every hit");
  // Of each hit, the first one of the same primary a layer shallower, and whether it is the first of its layer.
  std::vector<std::int32_t> next(hits.size(), -1);
  std::vector<std::uint8_t> first(hits.size(), 1);
  const auto own = [&](std::int32_t h) { return hits.primary[at(h)] == 1 && hits.event[at(h)] >= 0; };
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
    for (std::int32_t h = frame.begin(layer); h < frame.end(layer); ++h) {
      first[at(h)] = own(h);
      for (std::int32_t other = frame.begin(layer); other < h && first[at(h)] == 1; ++other)
        if (own(other) && hits.same_event(at(other), at(h))) first[at(h)] = 0;
      if (first[at(h)] == 0 || layer == 0) continue;
      for (std::int32_t other = frame.begin(layer - 1); other < frame.end(layer - 1) && next[at(h)] < 0; ++other)
        if (first[at(other)] == 1 && hits.same_event(at(other), at(h))) next[at(h)] = other;
    }
  std::vector<TrueDecision> decisions;
  for (std::size_t h = 0; h < hits.size(); ++h)
    if (next[h] >= 0 && next[at(next[h])] >= 0)
      decisions.push_back({{static_cast<std::int32_t>(h), next[h]}, next[at(next[h])]});
  return decisions;
}

std::vector<AgentMove> draw_starts(const event::Frame& frame, std::int32_t walkers, core::RandomStream& random) {
  std::vector<AgentMove> starts;
  const std::int32_t shallowest = std::max(0, frame.n_layers() - kStartLayers);
  const std::int32_t hits = frame.n_layers() > 0 ? frame.end(shallowest) : 0;
  if (hits == 0) return starts;
  for (std::int32_t w = 0; w < walkers; ++w) {
    const auto hit = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(hits)));
    if (const auto next = first_true_hit(frame, hit)) starts.push_back({hit, *next});
  }
  return starts;
}

AgentRewards::AgentRewards(const detector::Detector& detector, AgentReward form)
    : form_(form),
      matter_(detector::layer_matter(detector)),
      area_(4.0 * detector.pixels.half_width * detector.pixels.half_height) {}

double AgentRewards::depth(std::int32_t layer) const {
  if (form_ == AgentReward::Corrected) return matter_.plane_wet(layer);
  return layer == 0 ? 0.0 : layer == 1 ? kFirstDepth : kFirstDepth + kSecondDepth + kLayerDepth * (layer - 2);
}

std::optional<double> AgentRewards::range(const event::Frame& frame, std::span<const std::int32_t> walk) const {
  if (walk.size() < 3) return std::nullopt;
  if (form_ == AgentReward::Published) return fitted_range(frame, walk, [this](std::int32_t l) { return depth(l); });
  const auto deepest = at(frame.hits.layer[at(walk.front())]);
  return depth(static_cast<std::int32_t>(deepest)) +
         0.5 * matter_.gap_wet.at(std::min(deepest, matter_.gap_wet.size() - 1));
}

double AgentRewards::width(std::int32_t layer, double range) const {
  if (form_ == AgentReward::Published)
    return highland(published_thickness(layer), std::pow((range - depth(layer)) / kAlpha, 1.0 / kPower));
  const std::size_t gap = at(std::max(0, layer - 1));
  const double left = range - depth(layer) + 0.5 * matter_.gap_wet.at(gap);
  const double energy = matter::water().energy_at_range(left);
  return matter_.gap_scattering.at(gap) / matter::kinematics(energy, matter::kProtonMass).pv;
}

double AgentRewards::accident_density(const event::Frame& frame, std::int32_t candidate) const {
  const auto& hits = frame.hits;
  const std::int32_t layer = hits.layer[at(candidate)];
  std::vector<double> distance2;
  for (std::int32_t h = frame.begin(layer); h < frame.end(layer); ++h)
    if (h != candidate)
      distance2.push_back(std::pow(double{hits.x[at(h)]} - hits.x[at(candidate)], 2) +
                          std::pow(double{hits.y[at(h)]} - hits.y[at(candidate)], 2));
  double density = 1.0 / area_;
  if (!distance2.empty()) {
    const std::size_t k = std::min(kNeighbours, distance2.size());
    std::nth_element(distance2.begin(), distance2.begin() + static_cast<std::ptrdiff_t>(k - 1), distance2.end());
    constexpr double kClosest2 = 1e-6;  // [mm²] two hits in one place
    density = std::max(density, static_cast<double>(k) / (std::numbers::pi * std::max(distance2[k - 1], kClosest2)));
  }
  const double gap = matter_.plane_z.at(at(layer) + 1) - matter_.plane_z.at(at(layer));
  return density * gap * gap;
}

std::vector<double> AgentRewards::operator()(const event::Frame& frame, std::span<const std::int32_t> walk) const {
  std::vector<double> rewards(walk.size() < 3 ? 0 : walk.size() - 2, kNoFit);
  const std::optional<double> reach = range(frame, walk);
  if (!reach) return rewards;
  for (std::size_t t = 0; t < rewards.size(); ++t) {
    const double theta = track::kink(frame.hits, walk[t], walk[t + 1], walk[t + 2]);
    const double sigma = width(frame.hits.layer[at(walk[t + 1])], *reach);
    if (form_ == AgentReward::Published) {
      rewards[t] = -0.5 * theta * theta / (sigma * sigma);
      continue;
    }
    const double density =
        (1.0 - kTailShare) * normal_density(theta, sigma) + kTailShare * normal_density(theta, kTailWidth * sigma);
    rewards[t] = std::log((1.0 - kChance) * density / accident_density(frame, walk[t + 2]) + kChance);
  }
  return rewards;
}

}  // namespace difftrack::learn
