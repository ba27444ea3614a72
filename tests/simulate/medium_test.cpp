// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/medium.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/simulate/nuclear_data.hpp"

namespace {

using namespace difftrack;
using namespace difftrack::simulate;

TEST(Medium, APilesReactionsAreThoseOfItsSlabs) {
  const auto al = matter::named_material("aluminium"), air = matter::named_material("air");
  const Medium pile({{al, 3.0}, {air, 1.0}}), pure(al);
  EXPECT_NEAR(4.0 * pile.at(120.0).reactions.nonelastic, 3.0 * pure.at(120.0).reactions.nonelastic, 2e-5);
  EXPECT_EQ(pure.at(120.0).stopping, pure.stopping(120.0));
  EXPECT_EQ(pure.at(120.0).range, pure.range(120.0));
}

// Non-elastic totals [mb] (docs/simulate.md#nuclear-reactions).
TEST(Medium, NuclearCrossSections) {
  for (const double energy : {130.0, 160.0, 200.0, 250.0}) {
    const double al = nuclear_cross_section(13, 26.98, energy).nonelastic,
                 si = nuclear_cross_section(14, 28.09, energy).nonelastic;
    EXPECT_GE(al, 395.0);
    EXPECT_LE(al, 421.0);
    EXPECT_GE(si, 410.0);
    EXPECT_LE(si, 431.0);
    EXPECT_NEAR(nuclear_cross_section(8, 16.0, energy).nonelastic, 278.0, 9.0);
  }
  EXPECT_EQ(nuclear_cross_section(8, 16.0, 1.0).nonelastic, 0.0);
  // Heavier neighbours without a table grow with A^(2/3).
  EXPECT_NEAR(nuclear_cross_section(20, 40.08, 200.0).nonelastic / nuclear_cross_section(14, 28.085, 200.0).nonelastic,
              std::pow(40.08 / 28.085, 2.0 / 3.0), 1e-6);
}

}  // namespace
