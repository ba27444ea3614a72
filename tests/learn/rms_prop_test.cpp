// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/rms_prop.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "difftrack/core/random.hpp"

namespace difftrack::learn {
namespace {

TEST(RmsProp, FollowsTheLibTorchOptimiser) {
  const std::size_t n = 501;
  core::RandomStream random(1, 0);
  std::vector<float> parameters(n), average(n, 0.0F), gradient(n);
  for (float& x : parameters) x = static_cast<float>(random.normal());
  torch::Tensor expected = torch::tensor(parameters).requires_grad_();
  torch::optim::RMSprop reference({expected}, torch::optim::RMSpropOptions(1e-3).alpha(0.99));
  for (int step = 0; step < 50; ++step) {
    for (float& g : gradient) g = static_cast<float>(random.normal() * std::pow(10.0, 4.0 * random.uniform() - 3.0));
    expected.mutable_grad() = torch::tensor(gradient);
    reference.step();
    network::RmsProp::step({}, gradient, average, parameters);
  }
  const float* value = expected.data_ptr<float>();
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(parameters[i], value[i], 2e-6F) << i;
}

}  // namespace
}  // namespace difftrack::learn
