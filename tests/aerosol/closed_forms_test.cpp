// SPDX-License-Identifier: Apache-2.0
// The closed forms against the equations that they solve.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/growth_factor.hpp"
#include "difftrack/aerosol/reference/coagulation.hpp"
#include "difftrack/aerosol/reference/gas.hpp"

namespace difftrack::aerosol::reference {
namespace {

using constants::kTimeStep;

/// Runge and Kutta's fourth order with steps short enough for 1e-11.
template <class Rate>
double integrated(double value, const Rate& rate) {
  constexpr int kSteps = 400000;
  constexpr double h = kTimeStep / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double k1 = rate(value), k2 = rate(value + 0.5 * h * k1), k3 = rate(value + 0.5 * h * k2),
                 k4 = rate(value + h * k3);
    value += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
  }
  return value;
}

struct Rates {
  double number, added, a, b;
};
const Rates kRates[] = {{1000, 0, 1e-9, 1e-3},   {1e6, 0, 1e-9, 1e-5},   {20, 0, 1e-7, 0},    {5e5, 0, 3e-9, 0},
                        {1000, 9e5, 1e-9, 1e-3}, {0, 4e6, 2e-9, 5e-4},   {3e4, 1e5, 1e-8, 0}, {0, 3e6, 1e-9, 0},
                        {1e6, 2000, 1e-9, 1e-4}, {10, 1e4, 1e-12, 1e-2}, {2e5, 900, 1e-10, 0}};

TEST(ClosedForms, OfNumbersSolveTheirEquations) {
  for (const Rates& r : kRates) {
    const double z = r.added / kTimeStep;
    const double exact = integrated(r.number, [&](double n) { return z - r.a * n * n - r.b * n; });
    const Losses losses = lose_while_nucleating(r.number, r.added, r.a, r.b);
    EXPECT_NEAR(losses.left / exact, 1.0, 1e-10) << r.number << " " << r.added << " " << r.a << " " << r.b;
    EXPECT_NEAR((losses.left + losses.among + losses.to_others) / (r.number + r.added), 1.0, 1e-14);
    EXPECT_EQ(losses.to_others > 0.0, r.b > 0.0);
  }
}

TEST(ClosedForms, OfFewNewParticlesAddThemFirst) {
  const Losses few = lose_while_nucleating(1000.0, 800.0, 1e-8, 1e-4), plain = lose_particles(1800.0, 1e-8, 1e-4);
  EXPECT_EQ(few.left, plain.left);
  const double exact = integrated(1800.0, [](double n) { return -1e-8 * n * n - 1e-4 * n; });
  EXPECT_NEAR(plain.left / exact, 1.0, 1e-10);
}

TEST(ClosedForms, OfGasWithProductionAndSink) {
  Properties one;
  one.radius[AS] = 1e-5;
  CellState state{};
  state[Gas] = 3e7;
  state[NAs] = 2000.0;
  const Air air{.production = 2e5};
  const Condensation condensed = condense(air, state, one);
  ASSERT_GT(condensed.total_sink, 1e-3);
  const double exact = integrated(3e7, [&](double gas) { return air.production - condensed.total_sink * gas; });
  EXPECT_NEAR(condensed.gas / exact, 1.0, 1e-10);
  EXPECT_NEAR((condensed.gas + condensed.sulphate[AS]) / (3e7 + 2e5 * kTimeStep), 1.0, 1e-14);
}

TEST(GrowthFactor, HasItsKnownValueAndSolvesItsEquation) {
  const double radius = std::exp(kGrowthGrid.log_radius.at(60));
  EXPECT_NEAR(growth_factor(radius, 273.0, kGrowthGrid.humidity.at(100), 0.6), 1.4942743486945247, 1e-13);
  for (const double kappa : {0.04, 0.6, 1.14})
    for (const double humidity : {0.3, 0.8, 0.99}) {
      const double g = growth_factor(2e-9, 293.0, humidity, kappa), solute = g * g * g - 1.0;
      EXPECT_NEAR(humidity * std::exp(-kelvin_term(2e-9, 293.0) / g), solute / (solute + kappa), 1e-11);
    }
}

TEST(GrowthFactor, TakesTheNearestPointAndHalvesGoUp) {
  const GridAxis axis{0.0, 1.0, 4};
  EXPECT_EQ(axis.nearest(0.49), 0);
  EXPECT_EQ(axis.nearest(0.5), 1);
  EXPECT_EQ(axis.nearest(-3.0), 0);
  EXPECT_EQ(axis.nearest(9.0), 3);
  EXPECT_EQ(growth_factor_on_grid(1e-7, 276.0, 0.801, 0.615), growth_factor_on_grid(1e-7, 269.0, 0.799, 0.625));
  EXPECT_LT(growth_factor_on_grid(1e-7, 276.0, 0.794, 0.615), growth_factor_on_grid(1e-7, 276.0, 0.801, 0.615));
}

}  // namespace
}  // namespace difftrack::aerosol::reference
