// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/response/sensor_faults.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::detector {
namespace {

/// A Poisson number of pixels drawn uniformly, `rate` per pixel: arrivals of a unit-rate process up to rate * pixels.
void draw_pixels(core::RandomStream& stream, double rate, std::int64_t pixels, std::vector<std::int64_t>& out) {
  const double mean = rate * static_cast<double>(pixels);
  if (mean <= 0.0) return;
  for (double time = stream.exponential(); time < mean; time += stream.exponential())
    out.push_back(std::min(pixels - 1, static_cast<std::int64_t>(stream.uniform() * static_cast<double>(pixels))));
}

void sort_unique(std::vector<std::int64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// Chips along one side; 0 pixels of a chip: the layer is one.
std::int64_t chips_along(std::int64_t pixels, std::int64_t of_chip) {
  return of_chip > 0 ? (pixels + of_chip - 1) / of_chip : 1;
}

}  // namespace

SensorFaults::SensorFaults(const Digitise::Config& config, const Detector& detector)
    : config_(config),
      matrix_(detector.pixels),
      chips_x_(chips_along(matrix_.columns, matrix_.chip_columns)),
      pixels_(static_cast<std::int64_t>(detector.pixels.columns) * detector.pixels.rows),
      hot_(detector.layers.size()) {
  for (std::size_t layer = 0; layer < hot_.size(); ++layer) {
    core::RandomStream draws = stream(Kind::Hot, 0, static_cast<std::int32_t>(layer));
    draw_pixels(draws, config_.hot_fraction, pixels_, hot_[layer]);
    sort_unique(hot_[layer]);
    if (config_.dead_chip_fraction <= 0.0) continue;
    core::RandomStream chips = stream(Kind::DeadChip, 0, static_cast<std::int32_t>(layer));
    dead_chips_.emplace_back(static_cast<std::size_t>(chips_x_ * chips_along(matrix_.rows, matrix_.chip_rows)));
    for (auto&& dead : dead_chips_.back()) dead = chips.uniform() < config_.dead_chip_fraction;
  }
}

bool SensorFaults::is_dead(std::int32_t layer, std::int64_t pixel) const {
  if (!dead_chips_.empty()) {
    const std::int64_t row = pixel / matrix_.columns, column = pixel % matrix_.columns;
    const std::int64_t chip_row = matrix_.chip_rows > 0 ? row / matrix_.chip_rows : 0;
    const std::int64_t chip_column = matrix_.chip_columns > 0 ? column / matrix_.chip_columns : 0;
    if (dead_chips_[static_cast<std::size_t>(layer)][static_cast<std::size_t>(chip_row * chips_x_ + chip_column)])
      return true;
  }
  if (config_.dead_fraction <= 0.0) return false;
  core::RandomStream draws = stream(Kind::Dead, 0, layer);
  draws.seek(static_cast<std::uint32_t>(pixel));
  return draws.uniform() < config_.dead_fraction;
}

double SensorFaults::firing_charge(std::int32_t frame, std::int32_t layer, std::int64_t pixel) const {
  double charge = config_.threshold;
  const auto vary = [&](Kind kind, std::int32_t of_frame, double sd) {
    if (sd <= 0.0) return;
    core::RandomStream draws = stream(kind, of_frame, layer);
    draws.seek(static_cast<std::uint32_t>(pixel));
    charge += sd * draws.normal();
  };
  vary(Kind::Threshold, 0, config_.threshold_spread);
  vary(Kind::Noise, frame, config_.noise);
  return charge;
}

double SensorFaults::lowest_firing_charge() const {
  return config_.threshold - 6.0 * std::hypot(config_.threshold_spread, config_.noise);
}

std::vector<std::int64_t> SensorFaults::spontaneous(std::int32_t frame, std::int32_t layer) const {
  std::vector<std::int64_t> fired;
  core::RandomStream noise = stream(Kind::NoiseHit, frame, layer);
  draw_pixels(noise, config_.noise_hit_rate, pixels_, fired);
  const auto& hot = hot_[static_cast<std::size_t>(layer)];
  if (!hot.empty() && config_.hot_rate > 0.0) {
    core::RandomStream firing = stream(Kind::HotFiring, frame, layer);
    for (const std::int64_t pixel : hot)
      if (firing.uniform() < config_.hot_rate) fired.push_back(pixel);
  }
  std::erase_if(fired, [&](std::int64_t pixel) { return is_dead(layer, pixel); });
  sort_unique(fired);
  return fired;
}

}  // namespace difftrack::detector
