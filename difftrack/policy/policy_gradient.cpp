// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/policy_gradient.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/network/scorer/pair_scores.hpp"
#include "difftrack/policy/pair_features.hpp"
#include "difftrack/policy/proposals.hpp"
#include "difftrack/policy/scored_policy.hpp"
#include "difftrack/policy/step_gradients.hpp"

namespace difftrack::policy {
namespace {

constexpr double kNothing = 1e-9;  // [nats] a spread below is none

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
std::size_t index(Part part) { return static_cast<std::size_t>(part); }

/// Decisions of one part of the detector, over all episodes.
struct PartSum {
  double decisions = 0.0, squares = 0.0;
  double spread() const { return decisions > 0.0 ? std::sqrt(squares / decisions) : 0.0; }
};

std::array<PartSum, kParts> part_sums(const Environment& environment, const std::vector<Episode>& episodes) {
  std::array<PartSum, kParts> sums{};
  for (const Episode& episode : episodes)
    for (std::size_t t = 0; t < episode.steps.size(); ++t)
      for (const double a : episode.steps[t].advantage) {
        PartSum& sum = sums.at(index(environment.part(t)));
        sum.decisions += 1.0;
        sum.squares += a * a;
      }
  return sums;
}

void refuse_constant_rewards(const std::vector<Episode>& episodes) {
  double least = 0.0, most = 0.0;
  bool any = false;
  for (const Decision& d : episodes.front().steps)
    for (std::size_t e = 0; e < d.choice.segment.size(); ++e) {
      const double reward = d.choice.reward(e);
      least = any ? std::min(least, reward) : reward;
      most = any ? std::max(most, reward) : reward;
      any = true;
    }
  if (!any) throw core::InputError({"", "reward", ""}, "does not exist: no agent of a frame has anything to choose");
  if (most - least < kNothing)
    throw core::InputError({"", "reward", std::to_string(most)},
                           "is the same for every action of a frame: nothing can be learnt from it");
}

/// Mean return of every agent of a step over the episodes: what a hit is worth from there on, whoever came by.
std::vector<std::vector<double>> values_of_hits(const std::vector<Episode>& episodes) {
  std::vector<std::vector<double>> values;
  for (std::size_t t = 0; t < episodes.front().steps.size(); ++t) {
    values.emplace_back(episodes.front().steps[t].returned.size(), 0.0);
    for (const Episode& episode : episodes)
      for (std::size_t i = 0; i < values[t].size(); ++i)
        values[t][i] += episode.steps[t].returned[i] / static_cast<double>(episodes.size());
  }
  return values;
}

/// What the actions of a decision are worth: the reward, and the target's value where it acts next.
Scores values_of_actions(const Decision& d, const Decision* next, const std::vector<double>* next_values,
                         double discount) {
  Scores values = reward_scores(d.choice);
  if (next == nullptr || next->choice.downstream != d.choice.downstream) return values;
  for (std::size_t e = 0; e < values.entry.size(); ++e)
    values.entry[e] += discount * (*next_values)[at(d.choice.problem.column[e])];
  return values;
}

double mean_margin(const JointChoice& choice, const Scores& scores) {
  double sum = 0.0, n = 0.0;
  for (std::size_t i = 0; i < choice.n_agents(); ++i) {
    double best = scores.leave[i], second = -1e300;
    for (auto e = choice.problem.row_begin[i]; e < choice.problem.row_begin[i + 1]; ++e) {
      const double s = scores.entry[at(e)];
      second = std::max(second, std::min(s, best));
      best = std::max(best, s);
    }
    if (second < -1e299) continue;
    sum += best - second;
    n += 1.0;
  }
  return n > 0.0 ? sum / n : 0.0;
}

/// Adds weight ∂ entropy_i / ∂ scores of one agent: -p_a (ln p_a + H) / T.
void add_entropy_gradient(const JointChoice& choice, const Scores& p, std::size_t agent, double weight,
                          Scores& ascent) {
  const auto begin = at(choice.problem.row_begin[agent]), end = at(choice.problem.row_begin[agent + 1]);
  const auto log_of = [](double x) { return x > 0.0 ? std::log(x) : 0.0; };
  double h = -p.leave[agent] * log_of(p.leave[agent]);
  for (auto e = begin; e < end; ++e) h -= p.entry[e] * log_of(p.entry[e]);
  ascent.leave[agent] -= weight * p.leave[agent] * (log_of(p.leave[agent]) + h);
  for (auto e = begin; e < end; ++e) ascent.entry[e] -= weight * p.entry[e] * (log_of(p.entry[e]) + h);
}

/// The direction in which the scores of one decision are to rise, for every agent with weight 1.
Scores ascent_of(const Decision& d, const Scores& values, double spread, const GradientConfig& config,
                 const DrawPlace& noise) {
  const double temperature = config.rollout.temperature;
  const Proposals proposals(d.choice, d.scores, temperature);
  Scores ascent = Scores::none(d.choice);
  switch (config.way) {
    case Way::Proposals:
      for (std::size_t i = 0; i < d.choice.n_agents(); ++i) {
        if (spread > kNothing) proposals.add_gradient(i, d.proposed[i], d.advantage[i] / spread, ascent);
        add_entropy_gradient(d.choice, proposals.probabilities(), i, config.entropy_weight / temperature, ascent);
      }
      break;
    case Way::Improvement:
      ascent = improvement_direction(d.choice, d.scores, values, temperature, config.improvement_samples, noise);
      break;
    case Way::Blackbox:
      ascent = blackbox_direction(d.choice, d.scores, values, config.blackbox_lambda);
      break;
  }
  if (config.margin > 0.0 && spread > kNothing)
    for (std::size_t i = 0; i < d.choice.n_agents(); ++i)
      proposals.add_gradient(i, d.taken[i], config.margin * temperature * std::max(0.0, d.advantage[i] / spread),
                             ascent);
  return ascent;
}

}  // namespace

FramePolicyGradient policy_gradient(const Environment& environment, const graph::HitGraph& graph,
                                    const NetworkScores& scores, const GradientConfig& config, const DrawPlace& place) {
  core::check_fields(config, "");
  // One thread: the frames of a training step run side by side.
  const std::vector<Episode> episodes =
      roll_out(environment, graph, scored_policy(environment, graph, scores), config.rollout, place, 1);
  refuse_constant_rewards(episodes);
  const auto sums = part_sums(environment, episodes);
  const auto n_parts =
      static_cast<double>(std::count_if(sums.begin(), sums.end(), [](const auto& s) { return s.decisions > 0.0; }));
  const std::vector<std::vector<double>> values = values_of_hits(episodes);
  FramePolicyGradient result;
  result.descent.assign(graph.size(), 0.0);
  result.of_pair_head.assign(scores.pair_head.flat.size(), 0.0);
  double agents = 0.0, conflicts = 0.0, steps = 0.0;
  for (std::size_t k = 0; k < episodes.size(); ++k) {
    const Episode& episode = episodes[k];
    DrawPlace noise = place;  // of its own, so that it does not repeat what the proposals were drawn with
    noise.seed = place.seed + 0x9E3779B97F4A7C15ULL * (k + 1);
    for (std::size_t t = 0; t < episode.steps.size(); ++t) {
      const Decision& d = episode.steps[t];
      const bool last = t + 1 == episode.steps.size();
      const Scores worth = values_of_actions(d, last ? nullptr : &episode.steps[t + 1], last ? nullptr : &values[t + 1],
                                             config.rollout.discount);
      const PartSum& part = sums.at(index(environment.part(t)));
      const Scores ascent = ascent_of(d, worth, part.spread(), config, noise);
      const double weight = part.decisions > 0.0 ? 1.0 / (n_parts * part.decisions) : 0.0;
      std::vector<float> descent;
      for (std::size_t e = 0; e < ascent.entry.size(); ++e) {
        descent.push_back(static_cast<float>(-weight * ascent.entry[e]));
        result.descent[at(d.choice.segment[e])] -= weight * ascent.entry[e];
      }
      if (scores.pair_head.width > 0)
        network::add_pair_gradient(scores.pair_head, pair_features(environment, graph, t, d.choice, episode.links),
                                   descent, result.of_pair_head);
      agents += static_cast<double>(d.choice.n_agents());
      result.margin += mean_margin(d.choice, d.scores);
      steps += 1.0;
    }
    result.reward += episode.total / static_cast<double>(episodes.size() * environment.n_hits());
    result.entropy += episode.entropy / static_cast<double>(episodes.size());
    conflicts += static_cast<double>(episode.conflicts);
  }
  result.conflicts = agents > 0.0 ? conflicts / agents : 0.0;
  result.margin /= std::max(steps, 1.0);
  return result;
}

}  // namespace difftrack::policy
