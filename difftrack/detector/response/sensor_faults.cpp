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

}  // namespace

SensorFaults::SensorFaults(const Digitise::Config& config, const Detector& detector)
    : config_(config),
      pixels_(static_cast<std::int64_t>(detector.pixels.columns) * detector.pixels.rows),
      hot_(detector.layers.size()) {
  for (std::size_t layer = 0; layer < hot_.size(); ++layer) {
    core::RandomStream draws = stream(Kind::Hot, 0, static_cast<std::int32_t>(layer));
    draw_pixels(draws, config_.hot_fraction, pixels_, hot_[layer]);
    sort_unique(hot_[layer]);
  }
}

bool SensorFaults::is_dead(std::int32_t layer, std::int64_t pixel) const {
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
