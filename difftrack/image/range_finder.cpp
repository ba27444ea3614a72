// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/range_finder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/medium.hpp"

namespace difftrack::image {

namespace {

constexpr double kLeast = 0.05;       // [mm] residual ranges below this deposit alike: the proton stops in the sensor
constexpr double kBeyondFirst = 2.0;  // [mm] behind the next plane, first range tried of a proton that went on
constexpr double kBeyondStep = 4.0;   // [mm] and the distance of those that follow
constexpr std::int32_t kBeyond = 12;  // how many

const detector::Slab& sensitive_slab(const detector::Detector& detector) {
  for (const auto& layer : detector.layers)
    for (const auto& slab : layer.slabs)
      if (slab.sensitive) return slab;
  throw core::InputError({detector.name, "layers", ""}, "have no sensitive slab");
}

double expected_log_deposit(const matter::Medium& sensor, double thickness, double scale, double residual) {
  const double energy = matter::water().energy_at_range(std::max(residual, kLeast));
  return std::log(std::min(scale * thickness * sensor.stopping(energy), energy));
}

std::vector<double> depths_of(const detector::LayerMatter& matter) {
  std::vector<double> depth;
  double wet = matter.front_wet;
  for (std::size_t layer = 0; layer < matter.plane_z.size(); ++layer) {
    depth.push_back(wet);
    if (layer < matter.gap_wet.size()) wet += matter.gap_wet[layer];
  }
  return depth;
}

}  // namespace

RangeFinder::RangeFinder(const detector::Detector& detector, const Config& config, double deposit_scale)
    : config_(config), matter_(detector::layer_matter(detector)), depth_(depths_of(matter_)) {
  core::check_fields(config_, "");
  const detector::Slab& slab = sensitive_slab(detector);
  const matter::Medium sensor(detector.materials[static_cast<std::size_t>(slab.material)]);
  behind_ = matter_.gap_wet.empty() ? 1.0 : matter_.gap_wet.back();
  log_deposit_.reserve(kTable);
  for (std::size_t i = 0; i < kTable; ++i)
    log_deposit_.push_back(static_cast<float>(
        expected_log_deposit(sensor, slab.thickness, deposit_scale, kTableStep * static_cast<double>(i))));
}

double RangeFinder::log_deposit(double residual) const {
  const double at = std::clamp(residual / kTableStep, 0.0, static_cast<double>(kTable - 2));
  const auto i = static_cast<std::size_t>(at);
  const double f = at - static_cast<double>(i);
  return (1.0 - f) * static_cast<double>(log_deposit_[i]) + f * static_cast<double>(log_deposit_[i + 1]);
}

Range RangeFinder::operator()(std::span<const std::int32_t> layers, std::span<const double> deposits) const {
  if (layers.empty()) return {0.0, 0.0, true};
  std::array<double, kMostHits> log_e{}, depth{};
  std::size_t n = 0;
  for (std::size_t i = layers.size(); i-- > 0 && n < static_cast<std::size_t>(config_.range_hits);) {
    if (!(deposits[i] > 0.0)) continue;
    log_e[n] = std::log(deposits[i]);
    depth[n++] = this->depth(layers[i]);
  }
  const double inverse = 1.0 / config_.deposit_width;
  const auto chi2 = [&](double range) {
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double pull = (log_e[i] - log_deposit(range - depth[i])) * inverse;
      sum += std::min(pull * pull, config_.deposit_clip);
    }
    return sum;
  };
  const double begin = this->depth(layers.back());
  const bool deepest = static_cast<std::size_t>(layers.back()) + 1 == depth_.size();
  const double end = begin + (deepest ? behind_ : matter_.gap_wet[static_cast<std::size_t>(layers.back())]);
  const auto steps = static_cast<std::int32_t>(std::ceil((end - begin) / kGridStep));
  const double step = (end - begin) / steps;
  double best = std::numeric_limits<double>::infinity(), weight = 0.0, mean = 0.0, square = 0.0, origin = 0.0;
  for (std::int32_t i = 0; i < steps; ++i) {
    const double range = begin + (i + 0.5) * step, value = chi2(range);
    if (i == 0) origin = value;
    best = std::min(best, value);
    const double w = std::exp(-0.5 * (value - origin));
    weight += w, mean += w * range, square += w * range * range;
  }
  mean /= weight;
  Range result{mean, std::sqrt(std::max(0.0, square / weight - mean * mean)), false};
  double beyond = std::numeric_limits<double>::infinity();
  for (std::int32_t i = 0; i < kBeyond; ++i) beyond = std::min(beyond, chi2(end + kBeyondFirst + i * kBeyondStep));
  result.tail = n > 0 && best - beyond > config_.tail_margin;
  return result;
}

Range find_range_reference(const detector::Detector& detector, const RangeFinder::Config& config, double deposit_scale,
                           std::span<const std::int32_t> layers, std::span<const double> deposits) {
  if (layers.empty()) return {0.0, 0.0, true};
  const auto matter = detector::layer_matter(detector);
  const detector::Slab& slab = sensitive_slab(detector);
  const matter::Medium sensor(detector.materials[static_cast<std::size_t>(slab.material)]);
  const std::int32_t last = layers.back(), planes = static_cast<std::int32_t>(detector.layers.size());
  const double begin = matter.plane_wet(last), end = last + 1 < planes        ? matter.plane_wet(last + 1)
                                                     : matter.gap_wet.empty() ? begin + 1.0
                                                                              : begin + matter.gap_wet.back();
  const auto chi2 = [&](double range) {
    double sum = 0.0;
    std::int32_t used = 0;
    for (std::size_t i = layers.size(); i > 0 && used < config.range_hits; --i) {
      if (deposits[i - 1] <= 0.0) continue;
      ++used;
      const double residual = range - matter.plane_wet(layers[i - 1]);
      const double pull =
          (std::log(deposits[i - 1]) - expected_log_deposit(sensor, slab.thickness, deposit_scale, residual)) /
          config.deposit_width;
      sum += std::min(pull * pull, config.deposit_clip);
    }
    return sum;
  };
  constexpr int kFine = 400;
  double best = 1e300, weight = 0.0, mean = 0.0, square = 0.0;
  for (int i = 0; i < kFine; ++i) {
    const double range = begin + (end - begin) * (i + 0.5) / kFine, value = chi2(range), w = std::exp(-0.5 * value);
    best = std::min(best, value);
    weight += w, mean += w * range, square += w * range * range;
  }
  mean /= weight;
  double beyond = 1e300;
  for (int i = 0; i < kBeyond; ++i) beyond = std::min(beyond, chi2(end + kBeyondFirst + kBeyondStep * i));
  return {mean, std::sqrt(square / weight - mean * mean), best - beyond > config.tail_margin};
}

}  // namespace difftrack::image
