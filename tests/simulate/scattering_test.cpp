// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scattering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "difftrack/core/error.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

struct Sample {
  std::vector<double> angle, shift;  // projected on x
  double correlation = 0.0;
};

Sample scattered(Scattering mode, const Medium& medium, double length, double pv, double pv_start, int n = 40000) {
  Sample out;
  double aa = 0, ss = 0, as = 0;
  for (int i = 0; i < n; ++i) {
    core::RandomStream random(17, static_cast<std::uint64_t>(i));
    Particle p;
    p.energy = 100.0;
    scatter(mode, medium, kSpecies[0], length, 0.05, {pv, pv_start}, p, random);
    EXPECT_NEAR(p.direction[0] * p.direction[0] + p.direction[1] * p.direction[1] + p.direction[2] * p.direction[2],
                1.0, 1e-9);
    const double a = p.direction[0], s = p.position[0];
    out.angle.push_back(std::abs(a));
    out.shift.push_back(s);
    if (std::abs(a) < 0.06) aa += a * a, ss += s * s, as += a * s;
  }
  out.correlation = aa * ss > 0 ? as / std::sqrt(aa * ss) : 0.0;
  return out;
}

double quantile_of(std::vector<double> v, double p) {
  const auto at = v.begin() + static_cast<std::ptrdiff_t>(p * static_cast<double>(v.size()));
  std::nth_element(v.begin(), at, v.end());
  return *at;
}

TEST(Scattering, Geant4LikeHasItsWidthAndNoShift) {
  const Medium aluminium(matter::named_material("aluminium"));
  const auto sample = scattered(Scattering::Geant4Like, aluminium, 3.0, 256.0, 256.0);
  const double width = 12.3 * (0.87 + 0.03 * std::log(13.0)) / 256.0 * std::sqrt(3.0 / aluminium.radiation_length());
  EXPECT_NEAR(quantile_of(sample.angle, 0.6827) / width, 1.01, 0.02);  // the tail adds about 1 %
  for (const double shift : sample.shift) EXPECT_EQ(shift, 0.0);
  // Rutherford's tail: far more beyond four widths than a Gaussian's 6e-5.
  const auto beyond =
      std::count_if(sample.angle.begin(), sample.angle.end(), [&](double a) { return a > 4.0 * width; });
  EXPECT_GT(beyond, 60);
  EXPECT_LT(beyond, 1200);
}

TEST(Scattering, TheSumOfManyThinSlabsIsOneThickSlab) {
  const Medium water(matter::named_material("water"));
  std::vector<double> angles;
  for (int i = 0; i < 20000; ++i) {
    core::RandomStream random(4, static_cast<std::uint64_t>(i));
    Particle p;
    for (int k = 0; k < 20; ++k)
      scatter(Scattering::Geant4Like, water, kSpecies[0], 0.5, 0.01, {300.0, 300.0}, p, random);
    angles.push_back(std::abs(p.direction[0]));
  }
  const auto one = scattered(Scattering::Geant4Like, water, 10.0, 300.0, 300.0, 20000);
  EXPECT_NEAR(quantile_of(angles, 0.68) / quantile_of(one.angle, 0.68), 1.0, 0.03);
  EXPECT_NEAR(quantile_of(angles, 0.99) / quantile_of(one.angle, 0.99), 1.0, 0.12);
}

// For continuous scattering, position and angle behind a slab correlate with sqrt(3)/2.
TEST(Scattering, DisplacedShiftsAlongWithTheAngle) {
  const Medium aluminium(matter::named_material("aluminium"));
  const auto sample = scattered(Scattering::Displaced, aluminium, 3.0, 250.0, 256.0);
  EXPECT_NEAR(sample.correlation, std::sqrt(3.0) / 2.0, 0.02);
}

// Highland's formula, with its logarithm, for protons that have lost a good part of their energy in water (where
// Gottschalk's differential form must agree with it): 158.6 MeV before, 100 mm of water.
TEST(Scattering, DisplacedAgreesWithHighlandInThickWater) {
  const Medium water(matter::named_material("water"));
  std::vector<double> angles;
  const double pv_start = kinematics(158.6, kProtonMass).pv;
  double expected = 0.0;
  for (int i = 0; i < 20000; ++i) {
    core::RandomStream random(8, static_cast<std::uint64_t>(i));
    Particle p;
    double energy = 158.6, inverse = 0.0;
    for (int k = 0; k < 100; ++k) {
      const double pv = kinematics(energy, kProtonMass).pv;
      scatter(Scattering::Displaced, water, kSpecies[0], 1.0, 0.01, {pv, pv_start}, p, random);
      inverse += 1.0 / (pv * pv * water.radiation_length());
      energy -= water.stopping(energy);
    }
    expected = 14.1 * std::sqrt(inverse) * (1.0 + std::log10(100.0 / water.radiation_length()) / 9.0);
    angles.push_back(std::abs(std::atan2(p.direction[0], p.direction[2])));
  }
  EXPECT_NEAR(quantile_of(angles, 0.68) / expected, 1.02, 0.06);
}

}  // namespace
