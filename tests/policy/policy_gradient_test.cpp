// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/policy_gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "difftrack/core/error.hpp"
#include "difftrack/policy/pair_features.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/policy/reward_model.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/track/joint/secondary_odds.hpp"
#include "tests/policy/beam_problem.hpp"
#include "tests/policy/toy.hpp"

namespace difftrack::policy {
namespace {

double saved_by(const BeamProblem& p, const PolicyAnswer& decided) {
  const track::Links links = track::links_of(p.graph, decided.assigned, p.frame.hits.size());
  return track::total_energy(p.energy, p.graph, track::Links::none(p.frame.hits.size())) -
         track::total_energy(p.energy, p.graph, links);
}

/// A pair head of width 16 with random numbers.
std::vector<float> random_head(double scale) {
  core::RandomStream random(3, 0);
  std::vector<float> numbers;
  for (std::size_t i = 0; i < network::pair_head_size(16); ++i)
    numbers.push_back(static_cast<float>(scale * random.normal()));
  return numbers;
}

class LearnsFromRewards : public testing::TestWithParam<Way> {};
INSTANTIATE_TEST_SUITE_P(Ways, LearnsFromRewards, testing::Values(Way::Proposals, Way::Improvement, Way::Blackbox),
                         [](const auto& way) { return std::string(core::name_of(way.param)); });

// Without labels and from nothing: one number per segment, moved along the gradient alone, becomes tracks about as
// likely as those of the policy that knows the rewards.
TEST_P(LearnsFromRewards, OneNumberPerSegmentBecomesTracks) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Calorimeter);
  GradientConfig config{.way = GetParam(), .rollout = {.rollouts = 8, .team_share = 0.0}, .blackbox_lambda = 1.0};
  constexpr std::uint32_t kSteps = 200;
  std::vector<float> logits(p.graph.size(), 0.0F);
  const auto decided = [&] {
    return saved_by(p, decide(environment, p.graph, scored_policy(environment, p.graph, {logits, {}, 0.0})));
  };
  const double ignorant = decided();
  double first = 0.0, last = 0.0;
  std::vector<double> square(logits.size(), 0.0);  // RMSprop, as in training
  for (std::uint32_t step = 0; step < kSteps; ++step) {
    const auto g = policy_gradient(environment, p.graph, {logits, {}, 0.0}, config, {.iteration = step});
    for (std::size_t s = 0; s < logits.size(); ++s) {
      square[s] = 0.9 * square[s] + 0.1 * g.descent[s] * g.descent[s];
      logits[s] -=
          static_cast<float>(0.3 * (1.0 - step / double{kSteps}) * g.descent[s] / (std::sqrt(square[s]) + 1e-8));
    }
    (step == 0 ? first : last) = g.reward;
  }
  const double floor = saved_by(p, decide(environment, p.graph, reward_policy()));
  EXPECT_LT(ignorant, 0.3 * floor);
  EXPECT_GT(last, first + 1.0) << "nats per hit";
  std::printf("%-12s %.3f of the floor's energy, at the start %.3f\n", core::name_of(GetParam()).data(),
              decided() / floor, ignorant / floor);
  // Draws of an ignorant policy seldom make a track, so that proposals learn slowest from nothing.
  EXPECT_GT(decided(), (GetParam() == Way::Proposals ? 0.65 : 0.9) * floor);
}

TEST(PolicyGradient, PairHeadSeesWhatItsScoresDo) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Calorimeter);
  const std::vector<float> logits(p.graph.size(), 0.1F), head = random_head(0.3);
  const auto g =
      policy_gradient(environment, p.graph, {logits, {16, head}, 1.0}, {.rollout = {.temperature = 5.0}}, {});
  ASSERT_EQ(g.of_pair_head.size(), head.size());
  // The offset adds to every action as a logit does.
  EXPECT_NEAR(g.of_pair_head.back(), std::accumulate(g.descent.begin(), g.descent.end(), 0.0), 1e-6);
  EXPECT_GT(std::abs(g.of_pair_head.back()), 1e-5);
  const auto without = policy_gradient(environment, p.graph, {logits, {}, 1.0}, {.rollout = {.temperature = 5.0}}, {});
  EXPECT_NE(without.descent, g.descent) << "its scores count";
  EXPECT_TRUE(without.of_pair_head.empty());
  const std::vector<float> nothing(head.size(), 0.0F);
  const auto zero =
      policy_gradient(environment, p.graph, {logits, {16, nothing}, 1.0}, {.rollout = {.temperature = 5.0}}, {});
  EXPECT_EQ(without.descent, zero.descent);
}

TEST(PolicyGradient, IsAFunctionOfItsPlace) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Deepest);
  const std::vector<float> logits(p.graph.size(), 0.0F);
  for (const Way way : {Way::Proposals, Way::Improvement}) {
    const GradientConfig config{.way = way, .rollout = {.temperature = 5.0}};
    const auto at = [&](const DrawPlace& place) {
      return policy_gradient(environment, p.graph, {logits, {}, 1.0}, config, place).descent;
    };
    EXPECT_EQ(at({.iteration = 1}), at({.iteration = 1}));
    EXPECT_NE(at({.iteration = 1}), at({.iteration = 2}));
    EXPECT_NE(at({.seed = 1}), at({.seed = 2}));
    EXPECT_NE(at({.frame = 1}), at({.frame = 2}));
  }
}

TEST(PolicyGradient, MarginPullsGoodDecisionsFromTheirAlternatives) {
  const toy::Toy toy;
  const Environment environment = toy.environment();
  const auto margin_after = [&](double weight) {
    const GradientConfig config{
        .way = Way::Blackbox, .rollout = {.temperature = 1.0}, .blackbox_lambda = 0.1, .margin = weight};
    std::vector<float> logits(toy.graph.size(), 0.0F);
    double margin = 0.0;
    for (std::uint32_t step = 0; step < 60; ++step) {
      const auto g = policy_gradient(environment, toy.graph, {logits, {}, 1.0}, config, {.iteration = step});
      for (std::size_t s = 0; s < logits.size(); ++s) logits[s] -= static_cast<float>(2.0 * g.descent[s]);
      margin = g.margin;
    }
    return margin;
  };
  EXPECT_GT(margin_after(0.5), 1.2 * margin_after(0.0));
}

TEST(PolicyGradient, RefusesRewardsThatTeachNothing) {
  toy::Toy toy;
  for (auto* costs : {&toy.energy.link, &toy.energy.start, &toy.energy.birth, &toy.energy.death, &toy.energy.lone})
    std::fill(costs->begin(), costs->end(), 0.0F);
  std::fill(toy.energy.kinks.begin(), toy.energy.kinks.end(), 0.0F);
  const Environment same(toy.frame, toy.graph, toy.energy, Order::Calorimeter, 2);
  const std::vector<float> logits(toy.graph.size(), 0.0F);
  const auto what = [](const auto& body) {
    try {
      body();
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(what([&] {
              policy_gradient(same, toy.graph, {logits, {}, 1.0}, {}, {});
            }).find("reward"),
            std::string::npos);
  const event::Frame empty;
  const graph::HitGraph none = graph::build_hit_graph(empty);
  const track::FrameEnergy energy;
  const Environment nothing(empty, none, energy, Order::Deepest, 2);
  EXPECT_NE(what([&] {
              policy_gradient(nothing, none, {{}, {}, 1.0}, {}, {});
            }).find("anything to choose"),
            std::string::npos)
      << what([&] {
           policy_gradient(nothing, none, {{}, {}, 1.0}, {}, {});
         });
}

// What a pair head learns from, after the episode, must be what it decided on, during it.
TEST(PairFeatures, AreTheSameWhenLaterStepsAreDecided) {
  const BeamProblem& p = beam_problem();
  for (const Order order : {Order::Calorimeter, Order::Deepest}) {
    const Environment environment = p.environment(order);
    std::vector<std::vector<float>> during;
    const Policy noting = [&](std::size_t t, const JointChoice& choice, const track::Links& links) {
      during.push_back(pair_features(environment, p.graph, t, choice, links));
      return reward_scores(choice);
    };
    const auto episode = roll_out(environment, p.graph, noting, {.rollouts = 1, .temperature = 3.0}, {}, 1)[0];
    ASSERT_EQ(during.size(), environment.n_steps());
    for (std::size_t t = 0; t < during.size(); ++t)
      EXPECT_EQ(during[t], pair_features(environment, p.graph, t, episode.steps[t].choice, episode.links)) << t;
  }
}

TEST(PairFeatures, DescribeTrackAndSegment) {
  const toy::Toy toy(4);
  const Environment environment = toy.environment();
  track::Links links = track::Links::none(toy.frame.hits.size());
  for (std::size_t t = 0; t < 2; ++t) {
    const JointChoice choice = environment.choices(t, links);
    Environment::take(choice, std::vector<std::int32_t>{0, 4, 8}, toy.graph, links);
  }
  const JointChoice choice = environment.choices(2, links);
  const auto rows = pair_features(environment, toy.graph, 2, choice, links);
  ASSERT_EQ(rows.size(), choice.segment.size() * network::kPairColumns);
  for (std::size_t e = 0; e < choice.segment.size(); ++e) {
    const auto row = std::span(rows).subspan(e * network::kPairColumns, network::kPairColumns);
    const auto i = static_cast<std::size_t>(
        std::upper_bound(choice.problem.row_begin.begin(), choice.problem.row_begin.end(), static_cast<int>(e)) -
        choice.problem.row_begin.begin() - 1);
    const auto agent = choice.first_agent + static_cast<std::int32_t>(i);
    const std::int32_t below = links.down[static_cast<std::size_t>(agent)];
    EXPECT_EQ(row[0], 1.0F);
    EXPECT_NEAR(row[1], std::clamp((choice.reward(e) - choice.leave[i]) / 10.0, -3.0, 3.0), 1e-6);
    EXPECT_NEAR(row[2], std::clamp(environment.surprise(agent, choice.segment[e], below) / 5.0, -3.0, 3.0), 1e-6);
    EXPECT_NEAR(row[4], 1.0 / 20.0, 1e-6) << "one kink behind it";
    EXPECT_NEAR(row[8], 1.0 / 50.0, 1e-6) << "in layer 1 of 4";
    EXPECT_EQ(row[10], 0.0F);
    EXPECT_NEAR(row[11], std::log(3.0), 1e-6);
  }
}

TEST(PolicyAssignment, WithoutLogitsIsThePolicyWithoutParametersAndLogitsCount) {
  const BeamProblem& p = beam_problem();
  const PolicyAssignment assign(
      p.detector, track::read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors")), {}, {});
  const auto plain = assign(p.frame, p.graph);
  std::vector<float> logits(p.graph.size(), 0.0F);
  EXPECT_EQ(assign(p.frame, p.graph, {logits, {}, 1.0}).assigned, plain.assigned);
  EXPECT_EQ(assign(p.frame, p.graph, {logits, {}, 7.0}).assigned, plain.assigned) << "only a scale";
  for (std::size_t s = 0; s < logits.size(); ++s) logits[s] = plain.assigned[s] ? -100.0F : 0.0F;
  const auto other = assign(p.frame, p.graph, {logits, {}, 1.0});
  for (std::size_t s = 0; s < logits.size(); ++s) EXPECT_FALSE(plain.assigned[s] && other.assigned[s]);
}

TEST(PolicyAssignment, ConfidenceIsOfOtherActionsAndOfSecondaries) {
  const BeamProblem& p = beam_problem();
  const auto likelihood = track::read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));
  const PolicyAssignment assign(p.detector, likelihood, {}, {});
  const auto decision = assign(p.frame, p.graph);
  const RewardModel model(p.detector, likelihood, Order::Calorimeter, {});
  const FrameProcess process(p.frame, p.graph, model);
  const PolicyAnswer answer = decide(process.environment(), p.graph, reward_policy());
  const std::size_t n_hits = p.frame.hits.size();
  const track::Links links = track::links_of(p.graph, answer.assigned, n_hits);
  const auto secondary = track::secondary_odds(p.frame, p.graph, likelihood, model.expectation, links, links,
                                               std::vector<std::int32_t>(n_hits, -1));
  ASSERT_EQ(decision.confidence.chain.size(), n_hits);
  for (std::size_t h = 0; h < n_hits; ++h) {
    if (links.up[h] != track::kNoSegment) continue;
    double odds = secondary[h];
    std::size_t last = h;
    for (; links.down[last] != track::kNoSegment;
         last = static_cast<std::size_t>(p.graph.deep[static_cast<std::size_t>(links.down[last])]))
      odds += answer.odds[static_cast<std::size_t>(links.down[last])];
    EXPECT_NEAR(decision.confidence.chain[h], 1.0 / (1.0 + odds), 1e-5) << h;
    EXPECT_EQ(decision.confidence.chain[last], decision.confidence.chain[h]) << "one number per chain";
  }
  for (std::size_t s = 0; s < p.graph.size(); ++s) EXPECT_EQ(answer.odds[s] > 0.0, answer.assigned[s] == 1) << s;
  std::vector<float> sure(p.graph.size(), 0.0F);
  for (std::size_t s = 0; s < sure.size(); ++s) sure[s] = answer.assigned[s] ? 20.0F : 0.0F;
  const auto surer = assign(p.frame, p.graph, {sure, {}, 1.0});
  EXPECT_EQ(surer.assigned, decision.assigned);
  for (std::size_t h = 0; h < n_hits; ++h) EXPECT_GE(surer.confidence.chain[h], decision.confidence.chain[h] - 1e-6F);
}

}  // namespace
}  // namespace difftrack::policy
