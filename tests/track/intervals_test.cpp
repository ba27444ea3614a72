// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/intervals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/core/random.hpp"

namespace difftrack::track {
namespace {

TEST(Proportion, IsWilsonsInterval) {
  // 81 of 263: Newcombe 1998, Statistics in Medicine 17, table I, method 3.
  const Estimate e = proportion(81, 263);
  EXPECT_NEAR(e.value, 0.3080, 5e-5);
  EXPECT_NEAR(e.low, 0.2553, 5e-5);
  EXPECT_NEAR(e.high, 0.3662, 5e-5);
  const Estimate none = proportion(0, 20);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  EXPECT_EQ(proportion(7, 7).high, 1.0);
  EXPECT_TRUE(std::isnan(proportion(0, 0).value));
}

TEST(Proportion, CoversTheTruthInAboutNineteenOfTwenty) {
  core::RandomStream random(1, 0);
  int covered = 0;
  for (int i = 0; i < 4000; ++i) {
    int successes = 0;
    for (int k = 0; k < 60; ++k) successes += random.uniform() < 0.9;
    const Estimate e = proportion(successes, 60);
    covered += e.low <= 0.9 && 0.9 <= e.high;
  }
  EXPECT_NEAR(covered / 4000.0, 0.95, 0.02);
}

TEST(Mean, IsStudentsInterval) {
  const Estimate e = mean(std::vector<double>{1.0, 2.0, 3.0, 4.0, 5.0, std::nan("")});
  EXPECT_DOUBLE_EQ(e.value, 3.0);
  EXPECT_NEAR(e.high - 3.0, 2.7764 * std::sqrt(2.5 / 5.0), 1e-3);
  EXPECT_NEAR(3.0 - e.low, e.high - 3.0, 1e-12);
  EXPECT_TRUE(std::isnan(mean(std::vector<double>{1.0}).low));
  EXPECT_TRUE(std::isnan(mean({}).value));
}

TEST(TQuantile, AgreesWithTables) {
  EXPECT_NEAR(t_quantile(1), 12.706, 1e-3);
  EXPECT_NEAR(t_quantile(9), 2.262, 1e-3);
  EXPECT_NEAR(t_quantile(10), 2.228, 1e-3);
  EXPECT_NEAR(t_quantile(30), 2.042, 1e-3);
  EXPECT_NEAR(t_quantile(1000), 1.962, 1e-3);
}

}  // namespace
}  // namespace difftrack::track
