// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/detector/response/digitise.hpp"

namespace difftrack::detector {

/// What is wrong with a sensor, drawn from Digitise's Config: a pure function of (seed, frame, layer, pixel), where a
/// pixel's number is row * columns + column.
class SensorFaults {
 public:
  /// Draws the dead chips and hot pixels of every layer.
  SensorFaults(const Digitise::Config& config, const Detector& detector);

  /// Whether the pixel, or its chip, never fires.
  bool is_dead(std::int32_t layer, std::int64_t pixel) const;

  /// Charge at which the pixel fires in this readout [electrons]: its own threshold minus this readout's noise.
  double firing_charge(std::int32_t frame, std::int32_t layer, std::int64_t pixel) const;

  /// Pixels with less charge than this are never asked: the threshold minus 6 standard deviations of what varies.
  double lowest_firing_charge() const;

  /// Pixels that fire without charge in this readout (noise, hot pixels), ascending, none twice, no dead ones.
  std::vector<std::int64_t> spontaneous(std::int32_t frame, std::int32_t layer) const;

 private:
  enum class Kind : std::uint64_t { Threshold = 1, Noise, Dead, Hot, HotFiring, NoiseHit, DeadChip };

  core::RandomStream stream(Kind kind, std::int32_t frame, std::int32_t layer) const {
    return {config_.seed, static_cast<std::uint64_t>(kind) << 56 |
                              static_cast<std::uint64_t>(static_cast<std::uint32_t>(frame)) << 16 |
                              static_cast<std::uint64_t>(layer)};
  }

  Digitise::Config config_;
  PixelMatrix matrix_;
  std::int64_t chips_x_;                        ///< chips beside each other
  std::vector<std::vector<bool>> dead_chips_;   ///< per layer and chip; empty where there are none
  std::int64_t pixels_;                         ///< of one layer
  std::vector<std::vector<std::int64_t>> hot_;  ///< per layer, ascending
};

}  // namespace difftrack::detector
