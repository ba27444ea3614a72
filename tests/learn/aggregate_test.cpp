// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/aggregate.hpp"

#include <gtest/gtest.h>

namespace difftrack::learn {
namespace {

TEST(SegmentMax, TakesTheLargestRowPerTargetAndZeroWhereNoneArrives) {
  const auto rows = torch::tensor({{1.0F, -4.0F}, {3.0F, -5.0F}, {-2.0F, 0.5F}});
  const auto out = segment_max(rows, torch::tensor({0, 0, 2}), 4);
  EXPECT_TRUE(out.equal(torch::tensor({{3.0F, -4.0F}, {0.0F, 0.0F}, {-2.0F, 0.5F}, {0.0F, 0.0F}})));
  EXPECT_TRUE(segment_max(torch::zeros({0, 2}), torch::zeros({0}, torch::kLong), 3).equal(torch::zeros({3, 2})));
}

TEST(SegmentMax, SendsTheGradientToTheFirstOfEqualRowsOnly) {
  const auto rows = torch::tensor({{1.0F}, {1.0F}, {0.0F}}).requires_grad_();
  const auto out = segment_max(rows, torch::tensor({0, 0, 0}), 1);
  const auto gradient = torch::autograd::grad({out.sum()}, {rows})[0];
  EXPECT_TRUE(gradient.equal(torch::tensor({{1.0F}, {0.0F}, {0.0F}})));
}

TEST(SegmentMax, HasSecondDerivatives) {
  const auto rows = torch::tensor({{1.0}, {2.0}, {-3.0}}, torch::kDouble).requires_grad_();
  const auto out = segment_max(rows, torch::tensor({0, 0, 1}), 2).pow(3).sum();
  const auto first = torch::autograd::grad({out}, {rows}, {}, true, true)[0];
  const auto second = torch::autograd::grad({first.sum()}, {rows})[0];
  EXPECT_TRUE(second.equal(torch::tensor({{0.0}, {12.0}, {-18.0}}, torch::kDouble)));
}

TEST(Aggregate, SumAndMeanWithZeroWhereNoneArrives) {
  const auto rows = torch::tensor({{1.0F, -4.0F}, {3.0F, -5.0F}, {-2.0F, 0.5F}}).requires_grad_();
  const auto target = torch::tensor({0, 0, 2});
  const auto sum = aggregate(network::Aggregation::Sum, rows, target, 4);
  EXPECT_TRUE(sum.equal(torch::tensor({{4.0F, -9.0F}, {0.0F, 0.0F}, {-2.0F, 0.5F}, {0.0F, 0.0F}})));
  const auto mean = aggregate(network::Aggregation::Mean, rows, target, 4);
  EXPECT_TRUE(mean.equal(torch::tensor({{2.0F, -4.5F}, {0.0F, 0.0F}, {-2.0F, 0.5F}, {0.0F, 0.0F}})));
  const auto gradient = torch::autograd::grad({mean.sum()}, {rows})[0];
  EXPECT_TRUE(gradient.equal(torch::tensor({{0.5F, 0.5F}, {0.5F, 0.5F}, {1.0F, 1.0F}})));
  EXPECT_TRUE(aggregate(network::Aggregation::Max, rows, target, 4).equal(segment_max(rows, target, 4)));
}

}  // namespace
}  // namespace difftrack::learn
