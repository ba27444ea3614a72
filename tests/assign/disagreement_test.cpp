// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/disagreement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::assign {
namespace {

using Y = std::vector<std::uint8_t>;

TEST(Disagreement, IsZeroForEqualAndOneForDisjointErrors) {
  const Y truth{1, 0, 1, 0, 1, 0, 1, 0, 1, 0};
  const Y a{0, 0, 1, 0, 1, 0, 1, 0, 1, 0}, b{1, 1, 1, 0, 1, 0, 1, 0, 1, 0}, worse{0, 1, 0, 0, 1, 0, 1, 0, 1, 0};
  const auto between = [&](const Y& first, const Y& second) {
    Disagreement d;
    d.add(first, second, truth);
    return d.normalised();
  };
  EXPECT_EQ(between(a, a), 0.0);
  EXPECT_EQ(between(a, b), 1.0);          // m = 0.2 = qA + qB, qA = qB
  EXPECT_EQ(between(a, worse), 0.0);      // B's errors contain A's
  EXPECT_EQ(between(truth, worse), 0.0);  // no room
}

TEST(Disagreement, FollowsTheFormula) {
  Disagreement d{1000, 30, 20, 26};
  EXPECT_DOUBLE_EQ(d.normalised(), (0.030 - 0.006) / (0.046 - 0.006));
  EXPECT_TRUE(std::isnan(Disagreement{}.normalised()));
  EXPECT_THROW(d.add(Y{1}, Y{1, 0}, Y{1}), core::InputError);
}

}  // namespace
}  // namespace difftrack::assign
