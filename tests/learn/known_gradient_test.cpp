// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/known_gradient.hpp"

#include <gtest/gtest.h>

namespace difftrack::learn {
namespace {

TEST(LossWithGradient, PassesTheGivenGradientThroughTheChainRule) {
  const torch::Tensor x = torch::tensor({0.5F, -1.0F, 2.0F}).requires_grad_();
  const torch::Tensor gradient = torch::tensor({1.0F, 10.0F, 100.0F});
  const torch::Tensor loss = loss_with_gradient(x.sigmoid(), 7.0, gradient);
  EXPECT_EQ(loss.dim(), 0);
  EXPECT_EQ(loss.item<float>(), 7.0F);
  const torch::Tensor back = torch::autograd::grad({loss / 2}, {x})[0];
  const torch::Tensor p = x.detach().sigmoid();
  EXPECT_TRUE(torch::allclose(back, gradient * p * (1 - p) / 2));
}

TEST(LossWithGradient, RefusesAGradientOfAnotherShape) {
  EXPECT_THROW(loss_with_gradient(torch::zeros({3}), 0.0, torch::zeros({4})), c10::Error);
}

}  // namespace
}  // namespace difftrack::learn
