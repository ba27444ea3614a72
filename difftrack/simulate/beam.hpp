// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "difftrack/core/random.hpp"
#include "difftrack/simulate/config.hpp"
#include "difftrack/simulate/particle.hpp"

namespace difftrack::simulate {

/// A pencil beam of protons or helium, or a scan of them over a grid of spots in serpentine-free row order.
///
/// Per axis, (position x, slope x') at the source plane is a two-dimensional normal with standard deviations sigma and
/// divergence and correlation ±sqrt(1 - (emittance / (pi sigma divergence))^2), as in GATE's pencil-beam source.
class Beam {
 public:
  /// Throws InputError when the emittance exceeds pi sigma divergence (none when either is zero) or an energy is out of
  /// range.
  Beam(const SimulationConfig& config, double source_z);

  /// The particle of this event at the source plane.
  Particle primary(std::int64_t event, core::RandomStream& random) const;
  /// Centre of the spot of this event at the isocentre [mm].
  std::array<double, 2> spot(std::int64_t event) const;
  bool is_scan() const { return columns_ * rows_ > 1; }
  double source_z() const { return source_z_; }

 private:
  std::uint8_t species_;
  double energy_, energy_spread_, sigma_, divergence_, correlation_, source_z_, pitch_, steering_;
  std::int64_t columns_, rows_, primaries_;
};

}  // namespace difftrack::simulate
