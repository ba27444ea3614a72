// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/fluctuation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

using namespace difftrack;
using namespace difftrack::simulate;
using difftrack::core::RandomStream;

TEST(Fluctuation, PoissonHasItsMeanAndVariance) {
  for (const double mean : {0.3, 4.0, 29.0, 60.0}) {
    RandomStream random(3, static_cast<std::uint64_t>(mean * 10));
    double sum = 0, squares = 0;
    const int n = 40000;
    for (int i = 0; i < n; ++i) {
      const int k = poisson(mean, random);
      sum += k;
      squares += static_cast<double>(k) * k;
    }
    EXPECT_NEAR(sum / n, mean, 5.0 * std::sqrt(mean / n));
    EXPECT_NEAR(squares / n - (sum / n) * (sum / n), mean, 0.05 * mean + 0.02);
  }
}

TEST(Fluctuation, ThinLossKeepsTheMeanAndIsWiderThanLandau) {
  const Medium silicon(matter::named_material("silicon"));
  for (const double energy : {30.0, 138.0, 200.0}) {
    const Kinematics kin = kinematics(energy, kProtonMass);
    const double mean = 0.014 * silicon.stopping(energy);
    RandomStream random(5, static_cast<std::uint64_t>(energy));
    std::vector<double> losses(40000);
    double sum = 0;
    for (double& loss : losses) sum += loss = thin_loss(silicon, kin, mean, max_transfer(kin, kProtonMass), random);
    EXPECT_NEAR(sum / 40000 / mean, 1.0, 0.025) << energy;
    EXPECT_GE(*std::min_element(losses.begin(), losses.end()), 0.0);
    if (energy != 138.0) continue;
    // docs/simulate.md#energy-loss: Landau alone has a full width of 4.3 keV at half maximum in 14 um, GATE 6 keV.
    std::vector<int> bins(80, 0);
    for (const double loss : losses)
      if (loss < 0.04) ++bins[static_cast<std::size_t>(loss / 0.0005)];
    const int top = *std::max_element(bins.begin(), bins.end());
    const auto above = std::count_if(bins.begin(), bins.end(), [top](int n) { return 2 * n > top; });
    EXPECT_NEAR(0.5 * static_cast<double>(above), 6.0, 1.0);
  }
}

TEST(Fluctuation, ThickLossHasBohrsVarianceAndThirdMoment) {
  const Medium water(matter::named_material("water"));
  const Kinematics kin = kinematics(150.0, kProtonMass);
  const double length = 20.0, mean = length * water.stopping(150.0), highest = max_transfer(kin, kProtonMass);
  const double xi = water.bohr() * length / kin.beta2;
  const double variance = xi * highest * (1.0 - 0.5 * kin.beta2),
               third = xi * highest * highest * (0.5 - kin.beta2 / 3.0);
  RandomStream random(9, 1);
  double s1 = 0, s2 = 0, s3 = 0;
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    const double d = thick_loss(water, kSpecies[0], kin, mean, length, random.normal()) - mean;
    s1 += d, s2 += d * d, s3 += d * d * d;
  }
  EXPECT_NEAR(s1 / n, 0.0, 0.01 * std::sqrt(variance));
  EXPECT_NEAR(s2 / n / variance, 1.0, 0.02);
  EXPECT_NEAR(s3 / n / third, 1.0, 0.10);
}

}  // namespace
