// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/share_head.hpp"

#include <gtest/gtest.h>

#include "difftrack/aerosol/emulator/plain_emulator.hpp"

namespace difftrack::learn {
namespace {

using namespace aerosol;

// The head of the training is the one of the plain emulator, with gradients.
TEST(ShareHead, MovesWhatThePoolsOfM7Move) {
  torch::manual_seed(3);
  const auto outputs = torch::randn({40, kNetworkOutputs}) * 3.0;
  const auto before = torch::rand({40, kPoolColumns}, torch::kFloat64) * 10.0;
  const ShareHead head(kPools, kPoolOutputs, kNewState);
  const auto change = head(outputs.slice(1, 0, kPoolOutputs).exp().to(torch::kFloat64), before);
  for (std::int64_t i = 0; i < 40; ++i) {
    std::array<float, kNetworkOutputs> out{};
    std::array<double, kPoolColumns> was{};
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = outputs[i][static_cast<std::int64_t>(k)].item<float>();
    for (std::size_t k = 0; k < was.size(); ++k) was[k] = before[i][static_cast<std::int64_t>(k)].item<double>();
    const auto plain = reference::apply_pools(out, was);
    for (std::size_t c = 0; c < kNewState; ++c) {
      const double stays = c == 1 ? was[kNewSulphate] : 0.0;  // nucleated sulphate stays with NS
      ASSERT_NEAR(was[c] + stays + change[i][static_cast<std::int64_t>(c)].item<double>(), plain.state[c], 1e-5);
    }
  }
}

// Any table: of 10, a third each to two places, the rest stays; gradients are those of the shares.
TEST(ShareHead, KeepsTheSumOfAnyTable) {
  constexpr std::array<Pool, 1> kTable{{{0, 0, 2, {1, 2, -1, -1}, 0}}};
  const ShareHead head(kTable, 2, 3);
  const auto output = torch::zeros({1, 2}, torch::kFloat64).requires_grad_();
  const auto change = head(output.exp(), torch::tensor({{10.0}}, torch::kFloat64));
  EXPECT_NEAR(change[0][1].item<double>(), 10.0 / 3.0, 1e-12);
  EXPECT_NEAR(change.sum().item<double>(), 0.0, 1e-12);
  change[0][1].backward();
  EXPECT_NEAR(output.grad()[0][0].item<double>(), 10.0 * 2.0 / 9.0, 1e-12);  // p (1 - p)
  EXPECT_NEAR(output.grad()[0][1].item<double>(), -10.0 / 9.0, 1e-12);       // - p q
}

}  // namespace
}  // namespace difftrack::learn
