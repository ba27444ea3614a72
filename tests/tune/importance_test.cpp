// SPDX-License-Identifier: Apache-2.0
// What a run tells afterwards: importance of parameters, and which trials are stopped early.
#include "difftrack/tune/importance.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "difftrack/tune/median_rule.hpp"

namespace difftrack::tune {
namespace {

// Of 3 a + b the total effects are 9/10 and 1/10.
TEST(Importance, IsTheShareOfTheVariance) {
  Proposer proposer(Space({{"a"}, {"b"}, {"c"}}), {.first = 30});
  std::vector<Trial> done;
  for (const Setting& x : proposer.propose(30)) done.push_back({x, 3.0 * x[0] + x[1]});
  proposer.tell(done);
  const std::vector<double> shares = importance(proposer);
  EXPECT_NEAR(shares[0], 0.9, 0.03);
  EXPECT_NEAR(shares[1], 0.1, 0.03);
  EXPECT_NEAR(shares[2], 0.0, 0.01);
}

TEST(MedianRule, StopsWhatIsBelowTheMedianOfMeans) {
  const MedianRule rule({{1.0, 3.0, 5.0}, {2.0, 2.0}, {0.0, 2.0, 4.0}, {5.0}}, 2);
  EXPECT_FALSE(rule.stops(std::vector{-9.0}));     // too early
  EXPECT_TRUE(rule.stops(std::vector{0.0, 1.9}));  // means at step 2 are 2, 2, 1
  EXPECT_FALSE(rule.stops(std::vector{0.0, 2.0}));
  EXPECT_FALSE(rule.stops(std::vector{2.1, 0.0}));          // its best counts
  EXPECT_FALSE(rule.stops(std::vector{-9.0, -9.0, -9.0}));  // two others got as far
  EXPECT_FALSE(rule.stops({}));
}

}  // namespace
}  // namespace difftrack::tune
