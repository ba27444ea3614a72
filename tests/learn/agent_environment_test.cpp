// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/agent/agent_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/detector/layer_matter.hpp"
#include "difftrack/learn/agent/observation.hpp"
#include "difftrack/learn/agent/ppo.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

struct Place {
  std::int32_t layer;
  float x, y, z;
  std::int64_t event = 0;
  float edep = 0.03F;
};

/// Hits as they are given, deepest layer first.
event::Frame frame_of(const std::vector<Place>& places) {
  event::Frame frame;
  frame.group_begin = {0};
  std::int32_t before = places.front().layer;
  for (const Place& each : places) {
    if (each.layer != before) frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
    before = each.layer;
    auto& hits = frame.hits;
    hits.x.push_back(each.x), hits.y.push_back(each.y), hits.z.push_back(each.z);
    hits.layer.push_back(each.layer), hits.edep.push_back(each.edep), hits.event.push_back(each.event);
    hits.cluster_size.push_back(8), hits.id.push_back(0), hits.particle.push_back(1), hits.primary.push_back(1);
  }
  frame.group_begin.push_back(static_cast<std::int32_t>(frame.hits.size()));
  return frame;
}

TEST(AgentObservation, NodesAreSizePixelsFromTheSpotAndLayer) {
  event::Frame frame = frame_of({{1, 2.924F, -2.688F, 277.0F}, {0, 0.0F, 0.0F, 225.0F}});
  frame.spot_x = 1.0F;
  const std::vector<float> nodes = agent_nodes(frame, bergen());
  ASSERT_EQ(nodes.size(), 2U * 53U);
  EXPECT_NEAR(nodes[0], 8.0 / 7.966872, 1e-5);
  // Half a pixel is the most that rounding to its centre moves a hit; 9216 pixels lie in 270.8 mm, 6144 in 166.3 mm.
  EXPECT_NEAR(nodes[1], (2.924 - 1.0) * 9216 / 270.8e3, 0.51e-3);
  EXPECT_NEAR(nodes[2], -2.688 * 6144 / 166.3e3, 0.51e-3);
  for (std::size_t layer = 0; layer < 50; ++layer) {
    EXPECT_EQ(nodes[3 + layer], layer == 1 ? 1.0F : 0.0F);
    EXPECT_EQ(nodes[53 + 3 + layer], layer == 0 ? 1.0F : 0.0F);
  }
}

TEST(AgentObservation, TellsLayersApartUpToFifty) {
  std::vector<Place> places;
  for (std::int32_t layer = 50; layer >= 0; --layer) places.push_back({layer, 0.0F, 0.0F, static_cast<float>(layer)});
  EXPECT_THROW(agent_nodes(frame_of(places), bergen()), core::InputError);
  places.erase(places.begin());
  EXPECT_EQ(agent_nodes(frame_of(places), bergen())[3 + 49], 1.0F);
}

TEST(AgentObservation, EdgesAreLengthAzimuthAndPolarAngle) {
  const event::Frame frame = frame_of({{1, 3.0F, 4.0F, 12.0F}, {0, 0.0F, 0.0F, 0.0F}});
  const std::array<float, 3> edge = agent_edge(frame.hits, 0, 1);
  EXPECT_NEAR(edge[0], 13.0, 1e-5);
  EXPECT_NEAR(edge[1], std::atan2(4.0, 3.0), 1e-6);
  EXPECT_NEAR(edge[2], std::acos(12.0 / 13.0), 1e-6);
}

// Two walkers, in layers of two and one candidates: all hits of the next layer are seen, what is missing is padding.
TEST(AgentObservation, CandidatesAreAllHitsOfTheNextLayer) {
  const event::Frame frame = frame_of({{3, 0.0F, 0.0F, 30.0F},
                                       {2, 0.0F, 0.0F, 20.0F},
                                       {1, 0.0F, 0.0F, 10.0F},
                                       {1, 10.0F, 0.0F, 10.0F},
                                       {0, 0.0F, 0.0F, 0.0F}});
  const AgentObservations seen = observe(frame, std::vector<AgentMove>{{0, 1}, {1, 3}});
  EXPECT_EQ(seen.size, 2);
  EXPECT_EQ(seen.candidates, 2);
  EXPECT_THAT(seen.at, ElementsAre(1, 3));
  EXPECT_THAT(seen.candidate, ElementsAre(2, 3, 4, 0));
  EXPECT_THAT(seen.real, ElementsAre(1.0F, 1.0F, 1.0F, 0.0F));
  const auto straight = FloatNear(1.0F, 1e-6F), right_angle = FloatNear(0.0F, 1e-6F);
  const float half = static_cast<float>(std::numbers::sqrt2 / 2.0);
  EXPECT_THAT(seen.cosine, ElementsAre(straight, FloatNear(half, 1e-6F), right_angle, FloatNear(1.0F, 0.0F)));
  EXPECT_NEAR(seen.outgoing[3], 10.0 * std::numbers::sqrt2, 1e-5);  // to the second candidate
  EXPECT_EQ(seen.outgoing[9], 0.0F);                                // padding
}

TEST(AgentEnvironment, TrueDecisionsAreThreeHitsOfAPrimary) {
  event::Frame frame = random_frame(5, 6, 3);
  EXPECT_EQ(true_decisions(frame).size(), 5U * 4U);
  for (const TrueDecision& each : true_decisions(frame)) {
    const auto event = [&](std::int32_t h) { return frame.hits.event[static_cast<std::size_t>(h)]; };
    EXPECT_EQ(event(each.move.from), event(each.move.at));
    EXPECT_EQ(event(each.move.at), event(each.next));
  }
  frame.hits.primary[static_cast<std::size_t>(frame.begin(2))] = 0;  // takes part in three of its primary's decisions
  EXPECT_EQ(true_decisions(frame).size(), 17U);
  frame.hits.event.clear();
  EXPECT_THROW(true_decisions(frame), core::InputError);
}

TEST(AgentEnvironment, WalkersStartInTheLastFiveLayersWithATrueStep) {
  const event::Frame frame = random_frame(7, 12, 3);
  core::RandomStream random(1, 0);
  const std::vector<AgentMove> starts = draw_starts(frame, 200, random);
  EXPECT_EQ(starts.size(), 200U);
  std::int32_t shallowest = 100, deepest = 0;
  for (const AgentMove& start : starts) {
    const auto from = static_cast<std::size_t>(start.from), at = static_cast<std::size_t>(start.at);
    EXPECT_EQ(frame.hits.event[from], frame.hits.event[at]);
    EXPECT_EQ(frame.hits.layer[from], frame.hits.layer[at] + 1);
    shallowest = std::min(shallowest, frame.hits.layer[from]);
    deepest = std::max(deepest, frame.hits.layer[from]);
  }
  EXPECT_EQ(shallowest, 7);
  EXPECT_EQ(deepest, 11);
}

/// A walk through planes 4 … 0 with deposits of a proton of 50 mm range, and a kink of 0.05 rad at layer 2.
event::Frame kinked_walk() {
  constexpr std::array<float, 5> edep{0.02796446647F, 0.02519949854F, 0.02318036495F, 0.02269640953F, 0.02234634032F};
  std::vector<Place> places;
  for (std::int32_t layer = 4; layer >= 0; --layer) {
    const float z =
        layer < 2 ? 225.0F + 52.0F * static_cast<float>(layer) : 333.0F + 5.5F * static_cast<float>(layer - 2);
    const float x = layer < 2 ? (333.0F - z) * std::tan(0.05F) : 0.0F;
    places.push_back({layer, x, 0.0F, z, 0, edep[static_cast<std::size_t>(4 - layer)]});
  }
  return frame_of(places);
}

const std::vector<std::int32_t> kWalk{0, 1, 2, 3, 4};

// Numbers written out beside the formulas of the header: E = 73.818 MeV at layer 2, σ = 42.236 mrad.
TEST(AgentRewards, PublishedAsWrittenOut) {
  const AgentRewards rewards(bergen(), AgentReward::Published);
  const event::Frame frame = kinked_walk();
  ASSERT_TRUE(rewards.range(frame, kWalk).has_value());
  EXPECT_NEAR(*rewards.range(frame, kWalk), 50.0, 0.01);
  EXPECT_NEAR(rewards.width(1, 50.0), 0.03547137, 1e-7);
  EXPECT_NEAR(rewards.width(2, 50.0), 0.04223577, 1e-7);
  EXPECT_NEAR(rewards.width(3, 50.0), 0.09473886, 1e-7);
  const std::vector<double> found = rewards(frame, kWalk);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_NEAR(found[0], 0.0, 1e-6);
  EXPECT_NEAR(found[1], -0.70072744, 1e-3);
  EXPECT_NEAR(found[2], 0.0, 1e-6);
}

// Two errors of unit make the published width 4.7 and 6.8 times what Highland's formula says.
TEST(AgentRewards, PublishedWidthsAreTooWide) {
  const AgentRewards rewards(bergen(), AgentReward::Published);
  const auto right = [](double energy, double radiation_lengths) {
    const double mass = 938.272, pv = energy * (energy + 2.0 * mass) / (energy + mass);
    return 14.1 / pv * std::sqrt(radiation_lengths) * (1.0 + std::log10(radiation_lengths) / 9.0);
  };
  const auto range_of = [&](std::int32_t layer) { return rewards.depth(layer) + 0.0262 * std::pow(150.0, 1.736); };
  EXPECT_NEAR(rewards.width(10, range_of(10)) / right(150.0, 0.0428), 4.70, 0.01);
  EXPECT_NEAR(rewards.width(1, range_of(1)) / right(150.0, 0.0050), 6.76, 0.01);
  // The corrected ones are Rossi's widths of the described slabs: within a tenth of Highland's.
  const AgentRewards corrected(bergen(), AgentReward::Corrected);
  const double left = 0.0239 * std::pow(150.0, 1.755);  // [mm] in the middle of the gap
  const double gap = detector::layer_matter(bergen()).gap_wet.at(9);
  EXPECT_NEAR(corrected.width(10, corrected.depth(10) + left - 0.5 * gap) / right(150.0, 0.0428), 1.0, 0.1);
}

TEST(AgentRewards, AWalkWithoutAFitGetsThePublishedPenalty) {
  const event::Frame frame = kinked_walk();
  const AgentRewards rewards(bergen(), AgentReward::Published);
  EXPECT_TRUE(rewards(frame, std::vector<std::int32_t>{0, 1}).empty());
  event::Frame broken = frame;
  broken.hits.edep[2] = std::nanf("");
  EXPECT_THAT(rewards(broken, kWalk), ElementsAre(-100.0, -100.0, -100.0));
}

TEST(AgentRewards, CorrectedIsADensityOverThatOfAccidents) {
  const AgentRewards rewards(bergen(), AgentReward::Corrected);
  event::Frame frame = frame_of({{4, 0.0F, 0.0F, 344.0F},
                                 {3, 0.0F, 0.0F, 338.5F},
                                 {2, 0.0F, 0.0F, 333.0F},
                                 {2, 1.0F, 0.0F, 333.0F},
                                 {2, 0.0F, 2.0F, 333.0F},
                                 {1, 0.0F, 0.0F, 277.0F},
                                 {0, 0.0F, 0.0F, 225.0F}});
  // Two neighbours within 2 mm, from a gap of 5.5 mm.
  const double gap = bergen().layers[3].sensitive_z - bergen().layers[2].sensitive_z;
  const double accidents = 2.0 / (std::numbers::pi * 4.0) * gap * gap;
  EXPECT_NEAR(rewards.accident_density(frame, 2), accidents, 1e-6 * accidents);
  const detector::LayerMatter matter = detector::layer_matter(bergen());
  const double stop = matter.plane_wet(4) + 0.5 * matter.gap_wet.at(4);
  EXPECT_NEAR(rewards.range(frame, std::vector<std::int32_t>{0, 1, 2}).value(), stop, 1e-9);
  const double sigma = rewards.width(3, stop);
  const auto expected = [&](double theta) {
    const auto normal = [&](double s) {
      return std::exp(-0.5 * theta * theta / (s * s)) / (2.0 * std::numbers::pi * s * s);
    };
    return std::log(0.99 * (0.97 * normal(sigma) + 0.03 * normal(4.0 * sigma)) / accidents + 0.01);
  };
  EXPECT_NEAR(rewards(frame, std::vector<std::int32_t>{0, 1, 2})[0], expected(0.0), 1e-6);
  // Deposits do not matter, unlike in the published reward.
  frame.hits.edep[0] = 1.0F;
  EXPECT_NEAR(rewards(frame, std::vector<std::int32_t>{0, 1, 2})[0], expected(0.0), 1e-6);
  const double far = rewards(frame, std::vector<std::int32_t>{0, 1, 3})[0];
  EXPECT_LT(far, 0.0);  // 0.18 rad: worse than chance, but not without end
  EXPECT_GT(far, std::log(0.01) - 1e-9);
  EXPECT_GT(rewards(frame, std::vector<std::int32_t>{0, 1, 2})[0], 0.0);
}

TEST(AgentReturns, RewardsAreStandardisedInEachPart) {
  const std::vector<double> found = standardised_by_part({1, 3, 10, 30, 5, 5}, {9, 3, 2, 2, 1, 1});
  EXPECT_NEAR(found[0], -1.0, 1e-9);
  EXPECT_NEAR(found[1], 1.0, 1e-9);
  EXPECT_NEAR(found[2], -1.0, 1e-9);
  EXPECT_NEAR(found[3], 1.0, 1e-9);
  EXPECT_EQ(found[4], 0.0);
  EXPECT_EQ(found[5], 0.0);
}

TEST(AgentReturns, AdvantagesAsWrittenOut) {
  // δ_1 = 2 - 0.5 = 1.5; δ_0 = 1 + 0.9 · 0.5 - 0.25 = 1.2; A_0 = 1.2 + 0.9 · 0.8 · 1.5.
  const std::vector<double> found = generalised_advantages({1.0, 2.0}, {0.25, 0.5}, 0.9, 0.8);
  EXPECT_NEAR(found[0], 2.28, 1e-12);
  EXPECT_NEAR(found[1], 1.5, 1e-12);
}

/// Walks a critic to its target: V ← V + (target - V)/4, many times.
std::vector<double> learnt(const std::vector<double>& rewards, const PpoConfig& config) {
  std::vector<double> values(rewards.size(), 0.3);
  for (int i = 0; i < 2000; ++i) {
    const AgentTargets targets = targets_of(rewards, values, config);
    for (std::size_t t = 0; t < values.size(); ++t) values[t] += 0.25 * (targets.value[t] - values[t]);
  }
  return values;
}

TEST(AgentReturns, SwappedOnesEndAtThePlainReturnOfAnotherDiscount) {
  const PpoConfig config;
  const std::vector<double> rewards{0.5, -1.0, 2.0, 0.3, 0.1, -0.7};
  const std::vector<double> values = learnt(rewards, config);
  const AgentTargets targets = targets_of(rewards, values, config);
  const double discount = config.discount * (1.0 + config.trace) / 2.0;
  EXPECT_NEAR(discount, 0.965, 1e-3);
  double plain = 0.0;
  for (std::size_t t = rewards.size(); t-- > 0;) {
    plain = rewards[t] + discount * plain;
    EXPECT_NEAR(targets.weight[t], plain, 1e-9);
    EXPECT_NEAR(values[t], 0.5 * plain, 1e-9);
  }
}

TEST(AgentReturns, ProperOnesEndAtTheReturnAndLeaveNoAdvantage) {
  PpoConfig config;
  config.credit = AgentCredit::Proper;
  const std::vector<double> rewards{0.5, -1.0, 2.0, 0.3};
  const std::vector<double> values = learnt(rewards, config);
  const AgentTargets targets = targets_of(rewards, values, config);
  double plain = 0.0;
  for (std::size_t t = rewards.size(); t-- > 0;) {
    plain = rewards[t] + config.discount * plain;
    EXPECT_NEAR(values[t], plain, 1e-9);
    EXPECT_NEAR(targets.weight[t], 0.0, 1e-9);
  }
}

}  // namespace
}  // namespace difftrack::learn
