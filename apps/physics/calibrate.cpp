// SPDX-License-Identifier: Apache-2.0
#include "apps/physics/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "apps/physics/cells.hpp"
#include "difftrack/core/units.hpp"

namespace difftrack::physics {

namespace {

using Spot = std::array<double, 3>;  // sigma [mm], divergence [mrad], emittance over its largest value

struct Trial {
  Spot spot{};
  double hits = 0.0, segments = 0.0;  ///< largest relative deviation over the cells
  double score() const { return segments + std::max(0.0, hits - 0.03) * 10.0; }
};

simulate::SimulationConfig config_of(const Spot& spot, std::int64_t primaries, std::int64_t seed, int threads) {
  simulate::SimulationConfig config;
  config.beam.sigma = spot[0];
  config.beam.divergence = spot[1] * units::mrad;
  config.beam.emittance = spot[2] * std::numbers::pi * spot[0] * spot[1] * units::mrad;
  config.primaries = primaries;
  config.seed = seed;
  config.threads = threads;
  return config;
}

Trial try_spot(const Spot& spot, std::int64_t primaries, std::int64_t seed, int threads) {
  Trial trial{spot};
  const auto config = config_of(spot, primaries, seed, threads);
  for (const auto& cell : measure_cells(config)) {
    trial.hits = std::max(trial.hits, std::abs(cell.own_hits / cell.hits - 1.0));
    trial.segments = std::max(trial.segments, std::abs(cell.own_segments / cell.segments - 1.0));
  }
  fmt::print(
      "sigma {:.2f} mm  divergence {:.2f} mrad  emittance {:5.2f} mm mrad   hits within {:.1f} %  kept segments within "
      "{:.1f} %\n",
      config.beam.sigma, config.beam.divergence / units::mrad, config.beam.emittance / units::mrad, 100 * trial.hits,
      100 * trial.segments);
  std::fflush(stdout);
  return trial;
}

}  // namespace

int calibrate_beam(std::int64_t primaries, std::int64_t seed, int threads) {
  // The same seed for all trials: their differences are far less noisy than their values.
  Trial best = try_spot({3.0, 2.0, 15.0 / (6.0 * std::numbers::pi)}, primaries, seed, threads);
  Spot step{0.4, 0.3, 0.1};
  for (int round = 0; round < 3; ++round) {
    bool moved = true;
    for (int turn = 0; turn < 3 && moved; ++turn) {
      moved = false;
      for (std::size_t axis = 0; axis < 3; ++axis)
        for (const double sign : {1.0, -1.0}) {
          Spot spot = best.spot;
          spot[axis] = std::max(spot[axis] + sign * step[axis], 0.05);
          spot[2] = std::min(spot[2], 1.0);
          if (spot == best.spot) continue;
          const Trial trial = try_spot(spot, primaries, seed, threads);
          if (trial.score() < best.score()) {
            best = trial;
            moved = true;
            break;
          }
        }
    }
    for (double& each : step) each *= 0.5;
  }
  const auto config = config_of(best.spot, primaries, seed, threads);
  fmt::print(
      "best: --sigma {:.2f} --divergence {:.2f}mrad --emittance {:.2f}mm-mrad: hits within {:.1f} %, kept segments "
      "within {:.1f} "
      "%\n",
      config.beam.sigma, config.beam.divergence / units::mrad, config.beam.emittance / units::mrad, 100 * best.hits,
      100 * best.segments);
  return best.hits <= 0.03 && best.segments <= 0.10 ? 0 : 1;
}

}  // namespace difftrack::physics
