// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/beam.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

SimulationConfig phantom_run() {
  SimulationConfig config;
  config.beam.sigma = 2.0;
  config.beam.divergence = 2.5e-3;
  config.beam.emittance = 3.0e-3;
  config.primaries = 20000;
  return config;
}

TEST(Beam, HasSpotDivergenceAndEmittance) {
  for (const bool convergent : {false, true}) {
    auto config = phantom_run();
    config.beam.convergent = convergent;
    const Beam beam(config, -500.0);
    double xx = 0, ss = 0, xs = 0;
    const int n = 20000;
    for (int i = 0; i < n; ++i) {
      core::RandomStream random(1, static_cast<std::uint64_t>(i));
      const Particle p = beam.primary(i, random);
      EXPECT_EQ(p.position[2], -500.0);
      EXPECT_EQ(p.energy, 230.0);
      const double slope = 1e3 * p.direction[1] / p.direction[2];
      xx += p.position[1] * p.position[1] / n;
      ss += slope * slope / n;
      xs += p.position[1] * slope / n;
    }
    EXPECT_NEAR(std::sqrt(xx), 2.0, 0.05);
    EXPECT_NEAR(std::sqrt(ss), 2.5, 0.06);
    EXPECT_NEAR(std::numbers::pi * std::sqrt(xx * ss - xs * xs), 3.0, 0.15);
    EXPECT_EQ(xs > 0, !convergent);
  }
}

TEST(Beam, ScansItsSpotsInOrderAndSteersFromAfar) {
  auto config = phantom_run();
  config.beam.sigma = config.beam.divergence = 0.0;
  config.spots_x = 4;
  config.spots_y = 2;
  config.primaries = 80;
  const Beam beam(config, -500.0);
  EXPECT_TRUE(beam.is_scan());
  EXPECT_EQ(beam.spot(0), (std::array{-10.5, -3.5}));
  EXPECT_EQ(beam.spot(9), beam.spot(0));
  EXPECT_EQ(beam.spot(10), (std::array{-3.5, -3.5}));
  EXPECT_EQ(beam.spot(79), (std::array{10.5, 3.5}));
  core::RandomStream random(1, 79);
  const Particle p = beam.primary(79, random);
  // The ray meets the spot at the isocentre and comes from the axis at -6600 mm.
  EXPECT_NEAR(p.position[0] + 500.0 * p.direction[0] / p.direction[2], 10.5, 1e-9);
  EXPECT_NEAR(p.position[0] - 6100.0 * p.direction[0] / p.direction[2], 0.0, 1e-9);
}

TEST(Beam, RefusesAnEmittanceThatNoEllipseHas) {
  auto config = phantom_run();
  config.beam.emittance = 16.0e-3;  // pi * 2 * 2.5 = 15.7
  EXPECT_THROW(Beam(config, -500.0), core::InputError);
  EXPECT_THROW(Beam(phantom_run(), -7000.0), core::InputError);
}

}  // namespace
