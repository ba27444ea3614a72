// SPDX-License-Identifier: Apache-2.0
#include "difftrack/image/robust_cuts.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::image {
namespace {

struct Sample {
  Protons protons;
  std::vector<Path> paths;
  void add(double x, double spot, double wepl) {
    Protons& p = protons;
    const auto f = [](double v) { return static_cast<float>(v); };
    p.x.push_back(f(x)), p.y.push_back(0.5F), p.slope_x.push_back(0.0F), p.slope_y.push_back(0.0F);
    p.spot_x.push_back(f(spot)), p.spot_y.push_back(0.0F);
    p.range.push_back(f(330.0 - wepl)), p.range_sd.push_back(1.5F);
    p.wepl.push_back(f(wepl)), p.wepl_sd.push_back(3.5F), p.tail.push_back(0), p.right.push_back(1);
    paths.emplace_back();
  }
};

TEST(RobustCuts, KeepWhatScattersAsItShouldAndCountTheRest) {
  Sample sample;
  core::RandomStream random(1, 0);
  for (int i = 0; i < 1000; ++i) sample.add(3.0, 0.0, 100.0 + 3.5 * random.normal());
  for (int i = 0; i < 40; ++i) sample.add(3.0, 0.0, 160.0);  // lost in a reaction
  sample.protons.right.back() = 0;
  for (std::size_t i = 0; i < 30; ++i) sample.protons.tail[i] = 1;
  for (std::size_t i = 30; i < 50; ++i) sample.paths[i].misfit_y = 9.5F;
  CutCounts counts;
  const auto keep = RobustCuts({})(sample.protons, sample.paths, counts);
  EXPECT_EQ(counts.protons, 1040);
  EXPECT_EQ(counts.tail, 30);
  EXPECT_EQ(counts.misfit, 20);
  EXPECT_GE(counts.wepl, 40);
  EXPECT_LE(counts.wepl, 48);  // 0.3 % of a normal density lie beyond three widths
  EXPECT_EQ(counts.kept, 1040 - 50 - counts.wepl);
  EXPECT_TRUE(counts.truth);
  EXPECT_EQ(counts.wrong, 1);
  EXPECT_EQ(counts.kept_wrong, 0);
  for (std::size_t i = 1000; i < 1040; ++i) EXPECT_EQ(keep[i], 0);
}

TEST(RobustCuts, NeighboursAreThoseOfTheSpotAndTheCell) {
  Sample sample;  // two materials side by side behind one spot, and another spot elsewhere
  for (int i = 0; i < 40; ++i) sample.add(3.0, 0.0, 100.0), sample.add(9.0, 0.0, 140.0), sample.add(3.0, 7.0, 180.0);
  CutCounts counts;
  RobustCuts({})(sample.protons, sample.paths, counts);
  EXPECT_EQ(counts.kept, 120);
  Sample few;  // too few for cells: the spot as a whole decides
  for (int i = 0; i < 8; ++i) few.add(3.0, 0.0, 100.0);
  few.add(9.0, 0.0, 140.0);
  counts = {};
  const auto keep = RobustCuts({})(few.protons, few.paths, counts);
  EXPECT_EQ(counts.kept, 8);
  EXPECT_EQ(keep[8], 0);
}

TEST(RobustCuts, JudgeOneMoreByThoseThatAreThere) {
  Sample sample;
  core::RandomStream random(2, 0);
  for (int i = 0; i < 200; ++i) sample.add(3.0, 0.0, 100.0 + 6.0 * random.normal());
  for (std::size_t i = 0; i < 20; ++i) sample.protons.tail[i] = 1;
  CutCounts counts;
  const RobustCuts cuts({});
  EXPECT_EQ(cuts.among(sample.protons, sample.paths, sample.protons, sample.paths),
            cuts(sample.protons, sample.paths, counts));
  Sample others;
  others.add(3.0, 0.0, 100.0), others.add(3.0, 0.0, 160.0);  // one like the others, one that is not
  others.add(9.0, 0.0, 160.0), others.add(3.0, 7.0, 160.0);  // the same in an empty cell; at a spot of its own
  EXPECT_EQ(cuts.among(sample.protons, sample.paths, others.protons, others.paths),
            (std::vector<std::uint8_t>{1, 0, 0, 1}));
}

TEST(RobustCuts, RefuseOptionsOutOfRange) { EXPECT_THROW(RobustCuts({.cell = 0.0}), core::InputError); }

}  // namespace
}  // namespace difftrack::image
