// SPDX-License-Identifier: Apache-2.0
// Gradients of the expected reward of three agents and three targets, against all joint actions one after the other.
// P, L and N are unbiased, each for what it draws; what G, B and I are off by is printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/policy/proposals.hpp"
#include "difftrack/policy/rollout.hpp"
#include "difftrack/policy/step_gradients.hpp"
#include "tests/policy/toy.hpp"

namespace difftrack::policy {
namespace {

constexpr double kTemperature = 1.0;
constexpr std::uint32_t kSamples = 100000;

/// The step from the middle layer of the toy to the first, with its three tracks as they are, and scores of no meaning.
struct Step {
  toy::Toy toy;
  Environment environment = toy.environment();
  JointChoice choice;
  Scores scores;

  Step() {
    track::Links links = track::Links::none(toy.frame.hits.size());
    const JointChoice first = environment.choices(0, links);
    Environment::take(first, std::vector<std::int32_t>{0, 4, 8}, toy.graph, links);
    choice = environment.choices(1, links);
    scores = Scores::none(choice);
    core::RandomStream random(9, 0);
    for (double& s : scores.entry) s = random.normal();
    for (double& s : scores.leave) s = random.normal();
  }
  double reward(const std::vector<std::int32_t>& taken) const { return toy::reward_of(choice, taken); }
};

DrawPlace place_of(std::uint32_t sample) { return {.seed = 4, .iteration = sample}; }

/// Exact gradient of E reward(project(proposals)).
std::vector<double> exact_of_proposals(const Step& s) {
  const Proposals proposals(s.choice, s.scores, kTemperature);
  assign::Workspace workspace;
  Scores gradient = Scores::none(s.choice);
  double total = 0.0;
  toy::for_proposals(s.choice, [&](const std::vector<std::int32_t>& proposed) {
    double log_p = 0.0;
    for (std::size_t i = 0; i < proposed.size(); ++i) log_p += proposals.log_probability(i, proposed[i]);
    total += std::exp(log_p);
    const double weight = std::exp(log_p) * s.reward(proposals.project(proposed, workspace));
    for (std::size_t i = 0; i < proposed.size(); ++i) proposals.add_gradient(i, proposed[i], weight, gradient);
  });
  EXPECT_NEAR(total, 1.0, 1e-12) << "all joint proposals";
  return toy::flat(gradient);
}

/// E reward(project(proposals)) under other scores, the projection as it was.
double expected_reward(const Step& s, const Scores& scores) {
  const Proposals frozen(s.choice, s.scores, kTemperature), moved(s.choice, scores, kTemperature);
  assign::Workspace workspace;
  double sum = 0.0;
  toy::for_proposals(s.choice, [&](const std::vector<std::int32_t>& proposed) {
    double log_p = 0.0;
    for (std::size_t i = 0; i < proposed.size(); ++i) log_p += moved.log_probability(i, proposed[i]);
    sum += std::exp(log_p) * s.reward(frozen.project(proposed, workspace));
  });
  return sum;
}

TEST(Estimators, ScoreFunctionIsTheGradientByDifferences) {
  const Step s;
  const std::vector<double> exact = exact_of_proposals(s);
  constexpr double h = 1e-5;
  for (std::size_t k = 0; k < exact.size(); ++k) {
    const auto moved = [&](double by) {
      Scores scores = s.scores;
      (k < scores.entry.size() ? scores.entry[k] : scores.leave[k - scores.entry.size()]) += by;
      return expected_reward(s, scores);
    };
    EXPECT_NEAR(exact[k], (moved(h) - moved(-h)) / (2.0 * h), 1e-7) << k;
  }
}

TEST(Estimators, ProposalsAreUnbiased) {
  const Step s;
  const std::vector<double> exact = exact_of_proposals(s);
  const Proposals proposals(s.choice, s.scores, kTemperature);
  assign::Workspace workspace;
  toy::Mean mean;
  for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
    std::vector<std::int32_t> proposed;
    for (std::size_t i = 0; i < s.choice.n_agents(); ++i) {
      core::RandomStream random = stream_of(place_of(sample), s.choice.first_agent + static_cast<std::int32_t>(i));
      proposed.push_back(proposals.draw(i, random));
    }
    const double reward = s.reward(proposals.project(proposed, workspace));
    Scores gradient = Scores::none(s.choice);
    for (std::size_t i = 0; i < proposed.size(); ++i) proposals.add_gradient(i, proposed[i], reward, gradient);
    mean.add(toy::flat(gradient));
  }
  std::printf("P: worst of %zu components %.2f standard errors\n", exact.size(), mean.worst(exact));
  EXPECT_LT(mean.worst(exact), 3.0);
}

/// Calls body(entry or kLeaves, probability) for what an agent may still draw in its turn.
template <class Body>
void for_turn(const JointChoice& choice, const Scores& scores, std::size_t agent, const std::vector<std::uint8_t>& gone,
              const Body& body) {
  double sum = std::exp(scores.leave[agent]);
  const auto open = [&](std::int32_t e) {
    return !gone[static_cast<std::size_t>(choice.problem.column[static_cast<std::size_t>(e)])];
  };
  const std::int32_t begin = choice.problem.row_begin[agent], end = choice.problem.row_begin[agent + 1];
  for (auto e = begin; e < end; ++e)
    if (open(e)) sum += std::exp(scores.entry[static_cast<std::size_t>(e)]);
  body(kLeaves, std::exp(scores.leave[agent]) / sum);
  for (auto e = begin; e < end; ++e)
    if (open(e)) body(e, std::exp(scores.entry[static_cast<std::size_t>(e)]) / sum);
}

/// Log probability of a matching drawn in turn, and its gradient.
double in_turn(const JointChoice& choice, const Scores& scores, const std::vector<std::int32_t>& taken,
               Scores& gradient) {
  std::vector<std::uint8_t> gone(static_cast<std::size_t>(choice.problem.n_columns), 0);
  double log_p = 0.0;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    for_turn(choice, scores, i, gone, [&](std::int32_t e, double p) {
      (e == kLeaves ? gradient.leave[i] : gradient.entry[static_cast<std::size_t>(e)]) +=
          (e == taken[i] ? 1.0 : 0.0) - p;
      if (e == taken[i]) log_p += std::log(p);
    });
    if (taken[i] != kLeaves)
      gone[static_cast<std::size_t>(choice.problem.column[static_cast<std::size_t>(taken[i])])] = 1;
  }
  return log_p;
}

TEST(Estimators, DrawsInTurnAreUnbiased) {
  const Step s;
  std::vector<double> exact(s.scores.entry.size() + s.scores.leave.size(), 0.0);
  double total = 0.0;
  toy::for_proposals(s.choice, [&](const std::vector<std::int32_t>& taken) {
    if (!toy::is_matching(s.choice, taken)) return;
    Scores gradient = Scores::none(s.choice);
    const double p = std::exp(in_turn(s.choice, s.scores, taken, gradient));
    total += p;
    const std::vector<double> g = toy::flat(gradient);
    for (std::size_t k = 0; k < exact.size(); ++k) exact[k] += p * s.reward(taken) * g[k];
  });
  ASSERT_NEAR(total, 1.0, 1e-12);
  toy::Mean mean;
  for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
    std::vector<std::uint8_t> gone(static_cast<std::size_t>(s.choice.problem.n_columns), 0);
    std::vector<std::int32_t> taken;
    for (std::size_t i = 0; i < s.choice.n_agents(); ++i) {
      double left = stream_of(place_of(sample), static_cast<std::int32_t>(i)).uniform();
      std::int32_t drawn = kLeaves;
      for_turn(s.choice, s.scores, i, gone, [&](std::int32_t e, double p) {
        if (left >= 0.0) drawn = e;
        left -= p;
      });
      taken.push_back(drawn);
      if (drawn != kLeaves)
        gone[static_cast<std::size_t>(s.choice.problem.column[static_cast<std::size_t>(drawn)])] = 1;
    }
    Scores gradient = Scores::none(s.choice);
    in_turn(s.choice, s.scores, taken, gradient);
    std::vector<double> g = toy::flat(gradient);
    for (double& v : g) v *= s.reward(taken);
    mean.add(g);
  }
  std::printf("L: worst of %zu components %.2f standard errors\n", exact.size(), mean.worst(exact));
  EXPECT_LT(mean.worst(exact), 3.0);
}

/// The scores with Gaussian noise of unit width on all actions; the noise itself in `noise`.
Scores with_normal(const Step& s, std::uint32_t sample, std::vector<double>& noise) {
  core::RandomStream random = stream_of(place_of(sample), 0);
  Scores noisy = s.scores;
  noise.clear();
  for (auto* part : {&noisy.entry, &noisy.leave})
    for (double& v : *part) noise.push_back(random.normal()), v += noise.back();
  return noisy;
}

// Reward times noise, against another form of the same gradient: with the noise of all other actions given, an action
// is chosen once its own score passes a threshold t, so that the derivative is the jump of the reward times the density
// of the noise at t (here by trying all matchings).
TEST(Estimators, NoiseOnScoresIsUnbiased) {
  const Step s;
  std::vector<std::vector<std::int32_t>> matchings;
  toy::for_proposals(s.choice, [&](const std::vector<std::int32_t>& taken) {
    if (toy::is_matching(s.choice, taken)) matchings.push_back(taken);
  });
  ASSERT_EQ(matchings.size(), 34U);
  std::vector<std::vector<double>> chosen;
  for (const auto& taken : matchings) chosen.push_back(toy::flat(indicator(s.choice, taken)));
  toy::Mean difference, smooth;
  std::vector<double> noise;
  assign::Workspace workspace;
  for (std::uint32_t sample = 0; sample < kSamples; ++sample) {
    const Scores noisy = with_normal(s, sample, noise);
    const double reward = s.reward(best_action(s.choice, noisy.entry, noisy.leave, workspace));
    const std::vector<double> all = toy::flat(noisy), plain = toy::flat(s.scores);
    std::vector<double> score_function, derivative;
    for (std::size_t k = 0; k < noise.size(); ++k) {
      double with = -std::numeric_limits<double>::infinity(), without = with, reward_with = 0.0, reward_without = 0.0;
      for (std::size_t m = 0; m < matchings.size(); ++m) {
        double value = 0.0;  // of the matching, without what action k itself scores
        for (std::size_t j = 0; j < all.size(); ++j) value += j == k ? 0.0 : chosen[m][j] * all[j];
        const bool has = chosen[m][k] > 0.0;
        if (value > (has ? with : without)) {
          (has ? with : without) = value;
          (has ? reward_with : reward_without) = s.reward(matchings[m]);
        }
      }
      const double t = without - with - plain[k];
      derivative.push_back((reward_with - reward_without) * std::exp(-0.5 * t * t) / std::sqrt(2.0 * std::numbers::pi));
      score_function.push_back(reward * noise[k]);
    }
    smooth.add(derivative);
    for (std::size_t k = 0; k < noise.size(); ++k) score_function[k] -= derivative[k];
    difference.add(score_function);
  }
  const std::vector<double> zero(noise.size(), 0.0);
  std::printf("N: worst of %zu components %.2f standard errors\n", noise.size(), difference.worst(zero));
  EXPECT_LT(difference.worst(zero), 3.0);
  double size = 0.0;
  for (const double v : smooth.values()) size = std::max(size, std::abs(v));
  EXPECT_GT(size, 0.1) << "there is a gradient to be wrong about";
}

// The others are no gradients of what proposals earn. Printed: the angle to it, and how far each is off by length once
// it is scaled best.
TEST(Estimators, BiasOfTheOthers) {
  const Step s;
  const std::vector<double> exact = exact_of_proposals(s);
  const Scores values = reward_scores(s.choice);
  const auto show = [&](const char* name, std::vector<double> mean) {
    double mm = 0.0, me = 0.0;
    for (std::size_t k = 0; k < mean.size(); ++k) mm += mean[k] * mean[k], me += mean[k] * exact[k];
    for (double& v : mean) v *= mm > 0.0 ? me / mm : 0.0;
    std::printf("%s: cosine %.3f, rest %.0f %%\n", name, toy::cosine(mean, exact),
                100.0 * toy::relative_distance(mean, exact));
    return toy::cosine(mean, exact);
  };
  toy::Mean gibbs;  // Y drawn by Gumbel noise, E[Y] from 8 more such solves
  assign::Workspace workspace;
  for (std::uint32_t sample = 0; sample < kSamples / 10; ++sample) {
    std::vector<double> gradient;
    double reward = 0.0;
    for (std::uint32_t k = 0; k < 9; ++k) {
      DrawPlace place = place_of(sample);
      place.rollout = k;
      const Scores noisy = with_gumbel(s.choice, s.scores, kTemperature, place);
      const auto taken = best_action(s.choice, noisy.entry, noisy.leave, workspace);
      const std::vector<double> y = toy::flat(indicator(s.choice, taken));
      if (k == 0) gradient = y, reward = s.reward(taken);
      if (k > 0)
        for (std::size_t j = 0; j < y.size(); ++j) gradient[j] -= y[j] / 8.0;
    }
    for (double& v : gradient) v *= reward;
    gibbs.add(gradient);
  }
  EXPECT_GT(show("G", gibbs.values()), 0.8);
  double uphill = 0.0;
  for (const double lambda : {0.1, 1.0, 10.0}) {
    char name[32];
    std::snprintf(name, sizeof name, "B, lambda %g", lambda);
    const std::vector<double> direction = toy::flat(blackbox_direction(s.choice, s.scores, values, lambda));
    if (std::any_of(direction.begin(), direction.end(), [](double v) { return v != 0.0; }))
      uphill = std::max(uphill, show(name, direction));
    else
      std::printf("%s: zero\n", name);
  }
  EXPECT_GT(uphill, 0.0);
  EXPECT_GT(show("I", toy::flat(improvement_direction(s.choice, s.scores, values, kTemperature, 256, {}))), 0.0);
  EXPECT_THROW(blackbox_direction(s.choice, s.scores, values, 0.0), core::InputError);
  EXPECT_THROW(improvement_direction(s.choice, s.scores, {}, 1.0, 4, {}), core::InputError);
}

/// A policy with a number for every segment and every hit.
struct Table {
  std::vector<double> segment, hit;

  Scores operator()(const JointChoice& choice) const {
    Scores scores = Scores::none(choice);
    for (std::size_t e = 0; e < choice.segment.size(); ++e)
      scores.entry[e] = segment[static_cast<std::size_t>(choice.segment[e])];
    for (std::size_t i = 0; i < choice.n_agents(); ++i)
      scores.leave[i] = hit[static_cast<std::size_t>(choice.first_agent) + i];
    return scores;
  }
  /// Adds a step's gradient to one of all segments, then all hits.
  void scatter(const JointChoice& choice, const Scores& gradient, std::vector<double>& to) const {
    for (std::size_t e = 0; e < choice.segment.size(); ++e)
      to[static_cast<std::size_t>(choice.segment[e])] += gradient.entry[e];
    for (std::size_t i = 0; i < choice.n_agents(); ++i)
      to[segment.size() + static_cast<std::size_t>(choice.first_agent) + i] += gradient.leave[i];
  }
};

// Two steps: the second one's rewards depend on what the first one chose. All 64 × 64 proposals against rollouts: with
// the reward of the whole episode unbiased, with returns along tracks not, more so for a reward of one's own than for a
// team's.
TEST(Estimators, EpisodesAreUnbiasedWithTheRewardOfAll) {
  const toy::Toy p;
  const Environment environment = p.environment();
  Table table{std::vector<double>(p.graph.size()), std::vector<double>(p.frame.hits.size())};
  core::RandomStream random(10, 0);
  for (auto* part : {&table.segment, &table.hit})
    for (double& v : *part) v = random.normal();
  const std::size_t size = table.segment.size() + table.hit.size();
  std::vector<double> exact(size, 0.0);
  assign::Workspace workspace;
  const std::function<void(std::size_t, track::Links, double, double, std::vector<double>)> follow =
      [&](std::size_t t, const track::Links& links, double p_before, double total, const std::vector<double>& before) {
        if (t == environment.n_steps()) {
          for (std::size_t k = 0; k < size; ++k) exact[k] += p_before * total * before[k];
          return;
        }
        const JointChoice choice = environment.choices(t, links);
        const Proposals proposals(choice, table(choice), kTemperature);
        toy::for_proposals(choice, [&](const std::vector<std::int32_t>& proposed) {
          double log_p = 0.0;
          Scores gradient = Scores::none(choice);
          for (std::size_t i = 0; i < proposed.size(); ++i) {
            log_p += proposals.log_probability(i, proposed[i]);
            proposals.add_gradient(i, proposed[i], 1.0, gradient);
          }
          const auto taken = proposals.project(proposed, workspace);
          track::Links next = links;
          Environment::take(choice, taken, p.graph, next);
          std::vector<double> sum = before;
          table.scatter(choice, gradient, sum);
          follow(t + 1, next, p_before * std::exp(log_p), total + toy::reward_of(choice, taken) + choice.untaken, sum);
        });
      };
  follow(0, track::Links::none(p.frame.hits.size()), 1.0, 0.0, std::vector<double>(size, 0.0));

  const Policy policy = [&](std::size_t, const JointChoice& choice, const track::Links&) { return table(choice); };
  const std::vector<std::pair<const char*, RolloutConfig>> cases = {
      {"all", {.discount = 1.0}},
      {"own", {.discount = 1.0, .team_share = 0.0}},
      {"half team", {.discount = 1.0, .team_share = 0.5, .team = Team::Layer}},
      {"team", {.discount = 1.0, .team_share = 1.0, .team = Team::Layer}}};
  for (std::size_t c = 0; c < cases.size(); ++c) {
    toy::Mean mean;
    for (std::uint32_t sample = 0; sample < 10000; ++sample) {
      const auto episodes = roll_out(environment, p.graph, policy, cases[c].second, place_of(sample), 1);
      const auto n = static_cast<double>(episodes.size());
      double all = 0.0;
      for (const Episode& e : episodes) all += e.total;
      std::vector<double> gradient(size, 0.0);
      for (const Episode& e : episodes)
        for (const Decision& d : e.steps) {
          const Proposals proposals(d.choice, d.scores, kTemperature);
          Scores own = Scores::none(d.choice);
          for (std::size_t i = 0; i < d.proposed.size(); ++i)
            proposals.add_gradient(i, d.proposed[i],
                                   (c == 0 ? e.total - (all - e.total) / (n - 1.0) : d.advantage[i]) / n, own);
          table.scatter(d.choice, own, gradient);
        }
      mean.add(gradient);
    }
    std::printf("P, two steps, reward of %s: worst of %zu components %.2f standard errors, cosine %.3f\n",
                cases[c].first, size, mean.worst(exact), toy::cosine(mean.values(), exact));
    if (c == 0) {
      EXPECT_LT(mean.worst(exact), 3.0);
    } else {
      EXPECT_GT(toy::cosine(mean.values(), exact), 0.5) << cases[c].first;
    }
    if (c == 1) {
      EXPECT_GT(mean.worst(exact), 3.0) << "the samples are enough to see a bias";
    }
  }
}

}  // namespace
}  // namespace difftrack::policy
