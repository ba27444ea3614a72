// SPDX-License-Identifier: Apache-2.0
#include "difftrack/core/random.hpp"

#include <gtest/gtest.h>

namespace difftrack::core {
namespace {

TEST(RandomStream, SeekMakesDrawsAPureFunctionOfSeedStreamAndSlot) {
  RandomStream a(7, 3), b(7, 3);
  for (int i = 0; i < 5; ++i) a.bits();
  a.seek(4);
  b.seek(4);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(a.bits(), b.bits());
  EXPECT_NE(RandomStream(7, 3).bits(), RandomStream(7, 4).bits());
  EXPECT_NE(RandomStream(7, 3).bits(), RandomStream(8, 3).bits());
}

TEST(RandomStream, MomentsOfUniformNormalAndExponential) {
  RandomStream stream(1, 0);
  const int n = 200000;
  double u = 0, g = 0, g2 = 0, e = 0;
  for (int i = 0; i < n; ++i) {
    u += stream.uniform();
    const double x = stream.normal();
    g += x;
    g2 += x * x;
    e += stream.exponential();
  }
  EXPECT_NEAR(u / n, 0.5, 0.003);
  EXPECT_NEAR(g / n, 0.0, 0.01);
  EXPECT_NEAR(g2 / n, 1.0, 0.015);
  EXPECT_NEAR(e / n, 1.0, 0.01);
}

}  // namespace
}  // namespace difftrack::core
