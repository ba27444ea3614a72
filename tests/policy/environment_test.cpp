// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/environment.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "difftrack/core/error.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/policy/team.hpp"
#include "tests/policy/beam_problem.hpp"
#include "tests/policy/toy.hpp"

namespace difftrack::policy {
namespace {

// The sum of all rewards is the energy that the tracks save, whatever is chosen in whatever order.
TEST(Environment, RewardsSumToTheEnergyThatTracksSave) {
  const toy::Toy small(5);
  const BeamProblem& large = beam_problem();
  for (const Order order : {Order::Deepest, Order::Calorimeter})
    for (const bool toy : {true, false}) {
      const Environment environment = toy ? small.environment(order) : large.environment(order);
      const graph::HitGraph& graph = toy ? small.graph : large.graph;
      const track::FrameEnergy& energy = toy ? small.energy : large.energy;
      const double none = track::total_energy(energy, graph, track::Links::none(environment.n_hits()));
      for (const double temperature : {0.5, 20.0})
        for (const Episode& e :
             roll_out(environment, graph, reward_policy(), {.rollouts = 3, .temperature = temperature}, {}, 1)) {
          const double saved = none - track::total_energy(energy, graph, e.links);
          EXPECT_NEAR(e.total, saved, 1e-6 * std::abs(none)) << core::name_of(order) << toy;
        }
    }
}

TEST(Environment, EveryHitOfALayerIsAnAgentOnceAndTracksAreMatchings) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Calorimeter);
  EXPECT_EQ(environment.n_steps(), static_cast<std::size_t>(p.frame.n_layers() - 1));
  const auto episodes = roll_out(environment, p.graph, reward_policy(), {.rollouts = 1, .temperature = 5.0}, {}, 1);
  for (std::size_t t = 0; t < environment.n_steps(); ++t) {
    const Decision& d = episodes[0].steps[t];
    const std::int32_t layer =
        environment.step(t).downstream ? environment.step(t).layer : environment.step(t).layer + 1;
    EXPECT_EQ(static_cast<std::int32_t>(d.choice.n_agents()), p.frame.end(layer) - p.frame.begin(layer));
    EXPECT_TRUE(toy::is_matching(d.choice, d.taken)) << t;
  }
  EXPECT_GT(episodes[0].conflicts, 0) << "at this temperature some want the same hit";
  const auto assigned = track::assigned_of(episodes[0].links, p.graph.size());
  EXPECT_EQ(track::links_of(p.graph, assigned, p.frame.hits.size()), episodes[0].links);
}

TEST(Environment, LooksAtNoTruth) {
  BeamProblem blind = beam_problem();
  auto& hits = blind.frame.hits;
  hits.event.clear(), hits.particle.clear(), hits.pdg.clear(), hits.primary.clear();
  const auto seen =
      roll_out(beam_problem().environment(Order::Deepest), beam_problem().graph, reward_policy(), {}, {}, 1);
  const auto unseen = roll_out(blind.environment(Order::Deepest), blind.graph, reward_policy(), {}, {}, 1);
  EXPECT_EQ(seen[0].links, unseen[0].links);
  EXPECT_EQ(seen[0].total, unseen[0].total);
}

TEST(RollOut, IsTheSameForAnyNumberOfThreadsAndAnotherElsewhere) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Calorimeter);
  const RolloutConfig config{.rollouts = 6, .temperature = 5.0};
  const auto one = roll_out(environment, p.graph, reward_policy(), config, {.iteration = 3, .frame = 2}, 1);
  const auto four = roll_out(environment, p.graph, reward_policy(), config, {.iteration = 3, .frame = 2}, 4);
  for (std::size_t k = 0; k < one.size(); ++k) {
    EXPECT_EQ(one[k].links, four[k].links);
    EXPECT_EQ(one[k].total, four[k].total);
    for (std::size_t t = 0; t < one[k].steps.size(); ++t) {
      EXPECT_EQ(one[k].steps[t].proposed, four[k].steps[t].proposed);
      EXPECT_EQ(one[k].steps[t].advantage, four[k].steps[t].advantage);
    }
    if (k > 0) {
      EXPECT_NE(one[k].links, one[0].links);
    }
  }
  for (const DrawPlace place : {DrawPlace{.seed = 2, .iteration = 3, .frame = 2}, DrawPlace{.iteration = 4, .frame = 2},
                                DrawPlace{.iteration = 3, .frame = 1}})
    EXPECT_NE(roll_out(environment, p.graph, reward_policy(), config, place, 1)[0].links, one[0].links);
  EXPECT_THROW(roll_out(environment, p.graph, reward_policy(), {.rollouts = 0}, {}, 1), core::InputError);
}

TEST(RollOut, ReturnsGoAlongTracks) {
  const toy::Toy p(4);
  const Environment environment = p.environment();
  const auto episode = roll_out(environment, p.graph, reward_policy(),
                                {.rollouts = 1, .temperature = 0.01, .discount = 0.5, .team_share = 0.0}, {}, 1)[0];
  for (std::size_t i = 0; i < 3; ++i) {  // hit by hit from the deepest, by hand
    double expected = 0.0, weight = 1.0;
    std::size_t row = i;
    for (const Decision& d : episode.steps) {
      expected += weight * d.reward[row];
      if (d.taken[row] == kLeaves) break;
      row = static_cast<std::size_t>(d.choice.problem.column[static_cast<std::size_t>(d.taken[row])]);
      weight *= 0.5;
    }
    EXPECT_NEAR(episode.steps[0].returned[i], expected, 1e-12);
  }
}

TEST(RollOut, DrawsLittleAtLowTemperature) {
  const BeamProblem& p = beam_problem();
  const Environment environment = p.environment(Order::Calorimeter);
  const auto decided = decide(environment, p.graph, reward_policy());
  const auto cold = roll_out(environment, p.graph, reward_policy(), {.rollouts = 1, .temperature = 1e-3}, {}, 1);
  EXPECT_EQ(track::assigned_of(cold[0].links, p.graph.size()), decided.assigned);
}

TEST(Team, ComponentsAreThoseThatCompete) {
  JointChoice choice;  // agents 0 and 1 both want target 0, 2 wants target 2, 3 has nothing worth more than leaving
  choice.problem = {4, 3, {0, 1, 3, 4, 5}, {0, 0, 1, 2, 2}, {-2.0, -1.0, -3.0, -1.0, 5.0}};
  choice.segment = {0, 1, 2, 3, 4};
  choice.leave = {0.0, 0.0, 0.0, 0.0};
  EXPECT_EQ(components(choice, 0.0), (std::vector<std::int32_t>{0, 0, 1, 2}));
  EXPECT_EQ(components(choice, -10.0), (std::vector<std::int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(components(choice, 2.5), (std::vector<std::int32_t>{0, 1, 2, 3}));
  const std::vector<std::int32_t> taken = {0, 2, kLeaves, kLeaves};
  EXPECT_EQ(shared_rewards(choice, taken, components(choice, 0.0), 0.0), (std::vector<double>{2.0, 3.0, 0.0, 0.0}));
  EXPECT_EQ(shared_rewards(choice, taken, components(choice, 0.0), 1.0), (std::vector<double>{2.5, 2.5, 0.0, 0.0}));
  EXPECT_EQ(shared_rewards(choice, taken, components(choice, 0.0), 0.5), (std::vector<double>{2.25, 2.75, 0.0, 0.0}));
}

TEST(Environment, TakesEmptyFramesAndRefusesWhatDoesNotFit) {
  const event::Frame empty;
  const graph::HitGraph none = graph::build_hit_graph(empty);
  const track::FrameEnergy energy;
  const Environment environment(empty, none, energy, Order::Deepest, 2);
  EXPECT_EQ(environment.n_steps(), 0U);
  EXPECT_TRUE(decide(environment, none, reward_policy()).assigned.empty());
  EXPECT_EQ(roll_out(environment, none, reward_policy(), {}, {}, 1)[0].total, 0.0);
  const toy::Toy p;
  EXPECT_THROW(Environment(p.frame, p.graph, energy, Order::Deepest, 2), core::InputError);
  const JointChoice choice = p.environment().choices(0, track::Links::none(p.frame.hits.size()));
  Scores scores = reward_scores(choice);
  assign::Workspace workspace;
  EXPECT_THROW(best_action(choice, scores.entry, {}, workspace), core::InputError);
  EXPECT_THROW(Proposals(choice, scores, 0.0), core::InputError);
  scores.entry[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(best_action(choice, scores.entry, scores.leave, workspace), core::InputError);
}

}  // namespace
}  // namespace difftrack::policy
