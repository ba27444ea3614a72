// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scattering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/matter/material.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

struct Sample {
  std::vector<double> angle, shift;  // projected on x
  double correlation = 0.0;
};

Sample scattered(Scattering mode, const Medium& medium, double length, double pv, int n = 40000, bool inside = false) {
  Sample out;
  double aa = 0, ss = 0, as = 0;
  for (int i = 0; i < n; ++i) {
    core::RandomStream random(17, static_cast<std::uint64_t>(i));
    Particle p;
    p.energy = 100.0;
    scatter(mode, medium, kSpecies[0], length, pv, inside, p, random);
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

// The law of the slab (matter::SlabLaw), drawn: share and fall of the tail as well as the core.
TEST(Scattering, Geant4LikeFollowsTheLawOfItsSlabWithoutShift) {
  const Medium aluminium(matter::named_material("aluminium"));
  const double pv = 256.0;
  const auto shape = aluminium.scatterers()[0].law.shape(std::log(3.0), std::log(pv), matter::kProton);
  int outer = 0, far = 0;
  const int n = 60000;
  for (int i = 0; i < n; ++i) {
    core::RandomStream random(17, static_cast<std::uint64_t>(i));
    Particle p;
    p.energy = 100.0;
    scatter(Scattering::Geant4Like, aluminium, kSpecies[0], 3.0, pv, false, p, random);
    const double y = (1.0 - p.direction[2]) / shape.width2;
    outer += y > shape.tail;
    far += y > 4.0 * shape.tail;
    EXPECT_EQ(p.position[0], 0.0);
    EXPECT_EQ(p.position[1], 0.0);
  }
  const double tail = 1.0 - matter::slab_core_share(shape.tail);
  EXPECT_NEAR(outer / (n * tail), 1.0, 0.04);
  EXPECT_NEAR(far / (n * tail * std::pow(4.0, 1.0 - shape.tail)), 1.0, 0.12);
}

// Foils of one material are slabs of their own, drawn one by one: as crossing each by itself, core and tail.
TEST(Scattering, FoilsAreSlabsOfTheirOwn) {
  const auto foil = matter::named_material("aluminium");
  const Medium one({{foil, 1.0}}), four({{foil, 1.0}, {foil, 1.0}, {foil, 1.0}, {foil, 1.0}});
  ASSERT_EQ(four.scatterers().size(), 1U);
  EXPECT_NEAR(four.scatterers()[0].number, 4.0, 1e-9);
  EXPECT_EQ(four.scatterers()[0].draws, 4);
  EXPECT_NEAR(std::exp(four.scatterers()[0].log_share), 0.25, 1e-9);
  const auto pile = scattered(Scattering::Geant4Like, four, 0.4, 256.0);
  std::vector<double> single;
  for (int i = 0; i < 40000; ++i) {
    core::RandomStream random(18, static_cast<std::uint64_t>(i));
    Particle p;
    for (int k = 0; k < 4; ++k) scatter(Scattering::Geant4Like, one, kSpecies[0], 0.1, 256.0, false, p, random);
    single.push_back(std::abs(p.direction[0]));
  }
  EXPECT_NEAR(quantile_of(pile.angle, 0.68) / quantile_of(single, 0.68), 1.0, 0.02);
  EXPECT_NEAR(quantile_of(pile.angle, 0.99) / quantile_of(single, 0.99), 1.0, 0.06);
}

TEST(Scattering, LongestStepIsAShareOfTheRangeAndAFinalLength) {
  EXPECT_NEAR(longest_step(330.0, 0.1), 33.09, 1e-3);
  EXPECT_NEAR(longest_step(1.0, 0.1), 0.18775, 1e-9);
  EXPECT_EQ(longest_step(0.04, 0.1), 0.04);
  EXPECT_EQ(longest_step(7.0, kWholeSlabs), 7.0);
}

// A step that ends inside a slab shifts the particle along with the deflection, less closely than continuous scattering
// (sqrt(3)/2); on a face it stays.
TEST(Scattering, Geant4LikeShiftsInsideASlab) {
  const Medium aluminium(matter::named_material("aluminium"));
  const auto sample = scattered(Scattering::Geant4Like, aluminium, 1.0, 100.0, 40000, true);
  EXPECT_NEAR(sample.correlation, 0.72, 0.05);
}

// Single scatterings add: where a path is cut does not matter, core and tail.
TEST(Scattering, DisplacedDoesNotDependOnTheSteps) {
  const Medium water(matter::named_material("water"));
  std::vector<double> angles;
  for (int i = 0; i < 20000; ++i) {
    core::RandomStream random(4, static_cast<std::uint64_t>(i));
    Particle p;
    for (int k = 0; k < 20; ++k) scatter(Scattering::Displaced, water, kSpecies[0], 0.5, 300.0, false, p, random);
    angles.push_back(std::abs(p.direction[0]));
  }
  const auto one = scattered(Scattering::Displaced, water, 10.0, 300.0, 40000);
  EXPECT_NEAR(quantile_of(angles, 0.68) / quantile_of(one.angle, 0.68), 1.0, 0.02);
  EXPECT_NEAR(quantile_of(angles, 0.99) / quantile_of(one.angle, 0.99), 1.0, 0.06);
}

// Natural logarithm of E[cos(eta theta_x)] behind a slab by the law of single scatterings alone, the number per solid
// angle chi_c^2 / pi / (theta^2 + chi_a^2)^2 with the nuclear form factor, and of electrons up to m_e / M:
//   -integral of 2 theta chi_c^2 / (theta^2 + chi_a^2)^2 (1 - J0(eta theta)) d theta.
// Molière's theory is its limit of chi_a far below 1 / eta.
double characteristic(const Medium& medium, double chi_c2, double chi_a2, double momentum2, double eta) {
  const double widest = matter::kElectronMass / kProtonMass, step = 0.004;
  double sum = 0.0;
  for (double log_angle = 0.5 * std::log(chi_a2) - 5.0; log_angle < 0.0; log_angle += step) {
    const double angle = std::exp(log_angle), angle2 = angle * angle;
    const double factor = std::exp(-medium.screening_slope() * momentum2 * angle2);
    const double who = factor + (angle < widest ? medium.electron_share() : 0.0);
    const double density = 2.0 * angle * chi_c2 / ((angle2 + chi_a2) * (angle2 + chi_a2)) * who;
    sum += density * (1.0 - std::cyl_bessel_j(0.0, eta * angle)) * angle * step;
  }
  return -sum;
}

TEST(Scattering, DisplacedIsMolieresTheory) {
  const std::pair<const char*, double> slabs[] = {
      {"water", 20.0}, {"aluminium", 3.5}, {"silicon", 0.3}, {"tungsten", 3.3}, {"carbon", 0.2}};
  for (const auto& [name, length] : slabs) {
    const Medium medium(matter::named_material(name));
    const double energy = 150.0, pv = kinematics(energy, kProtonMass).pv, beta2 = kinematics(energy, kProtonMass).beta2;
    const double chi_c2 = medium.rutherford() * length / (pv * pv), momentum2 = pv * pv / beta2;
    const double chi_a2 = std::exp(medium.log_screening(beta2)) / momentum2;
    const double width = std::sqrt(0.5 * chi_c2 * std::log(chi_c2 / chi_a2));
    std::vector<double> angle;
    for (int i = 0; i < 40000; ++i) {
      core::RandomStream random(21, static_cast<std::uint64_t>(i));
      Particle p;
      p.energy = energy;
      scatter(Scattering::Displaced, medium, kSpecies[0], length, pv, false, p, random);
      angle.push_back(std::atan2(p.direction[0], p.direction[2]));
    }
    for (const double times : {0.5, 1.0, 2.0}) {
      double sum = 0.0;
      for (const double a : angle) sum += std::cos(times / width * a);
      const double expected = std::exp(characteristic(medium, chi_c2, chi_a2, momentum2, times / width));
      EXPECT_NEAR(sum / 40000, expected, 0.01) << name << " " << times;
    }
  }
}

// For continuous scattering, position and angle behind a slab correlate with sqrt(3)/2.
TEST(Scattering, DisplacedShiftsAlongWithTheAngle) {
  const Medium aluminium(matter::named_material("aluminium"));
  const auto sample = scattered(Scattering::Displaced, aluminium, 3.0, 250.0);
  EXPECT_NEAR(sample.correlation, std::sqrt(3.0) / 2.0, 0.02);
}

}  // namespace
