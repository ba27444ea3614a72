// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/emulator/layer_emulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/simulate/cross_layer.hpp"

namespace difftrack::learn {
namespace {

std::vector<double> energies(std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, 99);
  std::vector<double> all(n);
  for (double& energy : all) energy = 5.0 + 225.0 * random.uniform();
  return all;
}

TEST(LayerEmulator, KeepsEnergyAndComesNearTheTransport) {
  const simulate::CrossLayer layer(detector::read_detector("bergen-dtc"), 10);
  const LayerEmulator emulator = train_layer(layer(energies(20000, 1), 1), {.epochs = 25}, {});
  const std::vector<double> in = energies(20000, 2);
  const auto truth = layer(in, 2), found = emulator(in, 2);
  for (std::size_t i = 0; i < in.size(); ++i) {
    ASSERT_NEAR(found.energy_out[i] + found.deposit[i], in[i], 1e-12 * in[i]);
    ASSERT_GE(found.energy_out[i], 0.0);
    ASSERT_GE(found.deposit[i], 0.0);
  }
  const auto was = layer_moments(truth, 5.0, 230.0, 9), is = layer_moments(found, 5.0, 230.0, 9);
  for (std::size_t k = 2; k < was.size(); ++k) {  // where all protons come through
    EXPECT_NEAR(is[k].deposit, was[k].deposit, 0.03 * was[k].deposit) << was[k].energy;
    EXPECT_NEAR(is[k].deposit_spread, was[k].deposit_spread, 0.15 * was[k].deposit_spread) << was[k].energy;
    EXPECT_NEAR(is[k].kink, was[k].kink, 0.25 * was[k].kink) << was[k].energy;  // a few large kinks carry it
    EXPECT_NEAR(is[k].stopped, was[k].stopped, 0.01);
  }
  EXPECT_NEAR(is[0].stopped, was[0].stopped, 0.05);
  EXPECT_EQ(emulator(in, 2).deposit, found.deposit);
  EXPECT_NE(emulator(in, 3).deposit, found.deposit);
}

TEST(LayerEmulator, OfTooFewProtonsIsRefused) { EXPECT_THROW(train_layer({}, {}, {}), core::InputError); }

TEST(CrossLayer, KeepsEnergyAndRefusesALayerThatIsNotThere) {
  const auto detector = detector::read_detector("bergen-dtc");
  const auto all = simulate::CrossLayer(detector, 10)({3.0, 100.0, 200.0}, 4);
  EXPECT_EQ(all.energy_out[0], 0.0);
  EXPECT_EQ(all.deposit[0], 3.0);
  EXPECT_EQ(all.kink_x[0], 0.0);
  EXPECT_GT(all.deposit[1], all.deposit[2]);  // stopping power
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(all.energy_out[i] + all.deposit[i], all.energy_in[i], 1e-12);
  EXPECT_THROW(simulate::CrossLayer(detector, 1000), core::InputError);
}

}  // namespace
}  // namespace difftrack::learn
