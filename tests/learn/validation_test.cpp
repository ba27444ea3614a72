// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/validation.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/random.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

TEST(Validator, SameFiguresForAnyNumberOfThreadsAndOthersForAnotherModel) {
  const detector::Detector detector = detector::read_detector("bergen-dtc");
  std::vector<event::Frame> frames;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) frames.push_back(random_frame(10, 8, seed));
  const auto layout = network::line_graph_layout(16);
  const auto figures = [&](std::uint64_t seed, int threads) {
    const Experiment experiment;
    const Validator validate(detector, frames, {}, experiment.objectives.kind("bce", "").make(experiment), threads);
    const Validation v = validate(network::to_weights(initial_parameters(layout, seed), layout), 3);
    EXPECT_EQ(v.step, 3);
    return std::vector<double>{v.purity, v.efficiency, v.tpr, v.fpr};
  };
  const auto one = figures(1, 1);
  EXPECT_EQ(one, figures(1, 3));
  EXPECT_NE(one, figures(2, 1));
  for (const double figure : one) EXPECT_TRUE(figure >= 0.0 && figure <= 1.0);
  EXPECT_GT(one[2], 0.0);
}

TEST(IsFlat, ComparesTheHalvesOfTheLastSteps) {
  const auto curve = [](auto&& purity) {
    std::vector<Validation> points;
    for (std::int64_t step = 100; step <= 2000; step += 100) points.push_back({step, purity(step), 0.5, 0, 0});
    return points;
  };
  const auto constant = curve([](std::int64_t) { return 0.9; });
  const auto rising = curve([](std::int64_t step) { return 1e-5 * static_cast<double>(step); });  // halves 0.01 apart
  const auto falling = curve([](std::int64_t step) { return 1.0 - 1e-5 * static_cast<double>(step); });
  EXPECT_TRUE(is_flat(constant, 2000, 1e-9));
  EXPECT_FALSE(is_flat(constant, 2001, 1.0)) << "shorter than the steps asked for";
  EXPECT_FALSE(is_flat(constant, 0, 1.0)) << "never";
  EXPECT_FALSE(is_flat(rising, 2000, 0.0099));
  EXPECT_TRUE(is_flat(rising, 2000, 0.0101));
  EXPECT_TRUE(is_flat(falling, 2000, 0.0));
  EXPECT_FALSE(is_flat({}, 2000, 1.0));
}

}  // namespace
}  // namespace difftrack::learn
