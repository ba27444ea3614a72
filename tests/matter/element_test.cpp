// SPDX-License-Identifier: Apache-2.0
#include "difftrack/matter/element.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::matter {
namespace {

/// Tsai's radiation length [g/cm2] (Particle Data Group, "Passage of particles through matter"), with which PDG's table
/// was made.
double tsai(int z, double a) {
  constexpr double kLight[][2] = {{0, 0}, {5.31, 6.144}, {4.79, 5.621}, {4.74, 5.805}, {4.71, 5.924}};
  const double elastic = z < 5 ? kLight[z][0] : std::log(184.15 * std::pow(z, -1.0 / 3.0));
  const double inelastic = z < 5 ? kLight[z][1] : std::log(1194.0 * std::pow(z, -2.0 / 3.0));
  const double b = std::pow(z / 137.036, 2);
  const double coulomb = b * (1.0 / (1.0 + b) + 0.20206 - 0.0369 * b + 0.0083 * b * b - 0.002 * b * b * b);
  return 716.408 * a / (z * z * (elastic - coulomb) + z * inelastic);
}

TEST(Element, RadiationLengthsFollowTsai) {
  int z = 0;
  for (const Element& each : elements()) {
    EXPECT_EQ(each.z, ++z) << each.symbol;
    EXPECT_NEAR(each.radiation_length / tsai(each.z, each.a), 1.0, 0.0016) << each.symbol;
  }
  EXPECT_EQ(z, 92);
}

// Particle Data Group, atomic and nuclear properties; ICRU 37 and NIST's table of the elements.
TEST(Element, SomeArePublished) {
  const struct {
    const char* symbol;
    double radiation_length, excitation;
  } cases[] = {{"H", 63.04, 19.2},   {"Be", 65.19, 63.7},  {"C", 42.70, 78.0},   {"O", 34.24, 95.0},
               {"Al", 24.01, 166.0}, {"Si", 21.82, 173.0}, {"Fe", 13.84, 286.0}, {"W", 6.76, 727.0},
               {"Pb", 6.37, 823.0},  {"U", 6.00, 890.0}};
  for (const auto& each : cases) {
    EXPECT_EQ(element(each.symbol).radiation_length, each.radiation_length) << each.symbol;
    EXPECT_EQ(element(each.symbol).excitation, each.excitation) << each.symbol;
  }
}

TEST(Element, UnknownOnesGetTheNearestSymbol) {
  EXPECT_EQ(find_element("si"), nullptr);
  EXPECT_EQ(find_element("Si")->z, 14);
  try {
    element("si");
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_STREQ(error.what(), "element = 'si': is no chemical element from H to U; did you mean 'Si'?");
  }
}

}  // namespace
}  // namespace difftrack::matter
