// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/rollout.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/parallel.hpp"

namespace difftrack::policy {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

Episode draw_episode(const Environment& environment, const graph::HitGraph& graph, const Policy& policy,
                     const RolloutConfig& config, const DrawPlace& place) {
  Episode episode;
  episode.links = track::Links::none(environment.n_hits());
  assign::Workspace workspace;
  std::vector<std::uint8_t> acted(environment.n_hits(), 0);  // a hit where both sweeps begin acts twice
  for (std::size_t t = 0; t < environment.n_steps(); ++t) {
    Decision d;
    d.choice = environment.choices(t, episode.links);
    d.scores = policy(t, d.choice, episode.links);
    const Proposals proposals(d.choice, d.scores, config.temperature);
    for (std::size_t i = 0; i < d.choice.n_agents(); ++i) {
      const std::int32_t hit = d.choice.first_agent + static_cast<std::int32_t>(i);
      core::RandomStream random = stream_of(place, hit);
      if (acted[at(hit)]) random.uniform();
      acted[at(hit)] = 1;
      d.proposed.push_back(proposals.draw(i, random));
    }
    d.taken = proposals.project(d.proposed, workspace);
    const std::vector<std::int32_t> team = config.team == Team::Component
                                               ? components(d.choice, config.component_gate)
                                               : std::vector<std::int32_t>(d.choice.n_agents(), 0);
    d.reward = shared_rewards(d.choice, d.taken, team, config.team_share);
    for (const double r : shared_rewards(d.choice, d.taken, team, 0.0)) episode.total += r;
    episode.total += d.choice.untaken;
    episode.entropy += proposals.entropy() / static_cast<double>(environment.n_steps());
    episode.conflicts += conflicts(d.proposed, d.taken);
    Environment::take(d.choice, d.taken, graph, episode.links);
    episode.steps.push_back(std::move(d));
  }
  return episode;
}

/// Returns, from the last step to the first: a target is the agent of a later step of the same direction.
void add_returns(Episode& episode, std::size_t n_hits, double discount) {
  std::vector<double> later(n_hits, 0.0);
  for (std::size_t t = episode.steps.size(); t-- > 0;) {
    Decision& d = episode.steps[t];
    const bool turns = t + 1 < episode.steps.size() && episode.steps[t + 1].choice.downstream != d.choice.downstream;
    if (turns) later.assign(n_hits, 0.0);
    for (std::size_t i = 0; i < d.reward.size(); ++i) {
      double value = d.reward[i];
      if (d.taken[i] != kLeaves)
        value += discount * later[at(d.choice.first_target + d.choice.problem.column[at(d.taken[i])])];
      d.returned.push_back(value);
    }
    for (std::size_t i = 0; i < d.returned.size(); ++i) later[at(d.choice.first_agent) + i] = d.returned[i];
  }
}

void add_advantages(std::vector<Episode>& episodes) {
  const auto n = static_cast<double>(episodes.size());
  for (std::size_t t = 0; t < episodes.front().steps.size(); ++t) {
    std::vector<double> sum(episodes.front().steps[t].returned.size(), 0.0);  // agents are the hits of a layer: always
    for (const Episode& e : episodes)
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += e.steps[t].returned[i];
    for (Episode& e : episodes)
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const double own = e.steps[t].returned[i];
        e.steps[t].advantage.push_back(n < 2.0 ? own : own - (sum[i] - own) / (n - 1.0));
      }
  }
}

}  // namespace

Policy reward_policy() {
  return [](std::size_t, const JointChoice& choice, const track::Links&) { return reward_scores(choice); };
}

std::vector<Episode> roll_out(const Environment& environment, const graph::HitGraph& graph, const Policy& policy,
                              const RolloutConfig& config, DrawPlace place, int threads) {
  core::check_fields(config, "");
  std::vector<Episode> episodes(at(config.rollouts));
  core::parallel_for(config.rollouts, threads, [&](std::int64_t k) {
    DrawPlace own = place;
    own.rollout = static_cast<std::uint32_t>(k);
    Episode& episode = episodes[static_cast<std::size_t>(k)];
    episode = draw_episode(environment, graph, policy, config, own);
    add_returns(episode, environment.n_hits(), config.discount);
  });
  add_advantages(episodes);
  return episodes;
}

namespace {

/// One step as it was decided, and what other joint actions near it score.
class DecidedStep {
 public:
  DecidedStep(const JointChoice& choice, const Scores& scores, const std::vector<std::int32_t>& taken)
      : choice_(choice), scores_(scores), taken_(taken), taker_(at(choice.problem.n_columns), kLeaves) {
    for (std::size_t i = 0; i < taken.size(); ++i)
      if (taken[i] != kLeaves) taker_[target(taken[i])] = static_cast<std::int32_t>(i);
  }

  /// Odds against what agent i took, with the joint actions that one move leads to: it leaves, it takes a free target,
  /// or one of another agent, which leaves or takes its own.
  double odds_against(std::size_t i) const {
    const double own = scores_.entry[at(taken_[i])];
    double odds = std::exp(scores_.leave[i] - own);
    for (auto e = choice_.problem.row_begin[i]; e < choice_.problem.row_begin[i + 1]; ++e) {
      if (e == taken_[i]) continue;
      double gain = scores_.entry[at(e)] - own;
      if (const std::int32_t other = taker_[target(e)]; other != kLeaves) gain += driven_out(at(other), taken_[i]);
      odds += std::exp(gain);
    }
    return odds;
  }

 private:
  std::size_t target(std::int32_t entry) const { return at(choice_.problem.column[at(entry)]); }

  /// What is lost by agent k when it gives its target away: it leaves, or takes that of `entry`.
  double driven_out(std::size_t k, std::int32_t entry) const {
    double best = scores_.leave[k];
    for (auto e = choice_.problem.row_begin[k]; e < choice_.problem.row_begin[k + 1]; ++e)
      if (target(e) == target(entry)) best = std::max(best, scores_.entry[at(e)]);
    return best - scores_.entry[at(taken_[k])];
  }

  const JointChoice& choice_;
  const Scores& scores_;
  const std::vector<std::int32_t>& taken_;
  std::vector<std::int32_t> taker_;  // per target
};

}  // namespace

PolicyAnswer decide(const Environment& environment, const graph::HitGraph& graph, const Policy& policy) {
  const std::size_t n = graph.size();
  PolicyAnswer result{std::vector<std::uint8_t>(n, 0), std::vector<float>(n, 0.0F), std::vector<double>(n, 0.0)};
  track::Links links = track::Links::none(environment.n_hits());
  assign::Workspace workspace;
  for (std::size_t t = 0; t < environment.n_steps(); ++t) {
    const JointChoice choice = environment.choices(t, links);
    const Scores scores = policy(t, choice, links);
    const auto taken = best_action(choice, scores.entry, scores.leave, workspace);
    const DecidedStep step(choice, scores, taken);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      for (auto e = choice.problem.row_begin[i]; e < choice.problem.row_begin[i + 1]; ++e)
        result.scores[at(choice.segment[at(e)])] =
            static_cast<float>(1.0 / (1.0 + std::exp(scores.leave[i] - scores.entry[at(e)])));
      if (taken[i] == kLeaves) continue;
      const std::size_t s = at(choice.segment[at(taken[i])]);
      result.assigned[s] = 1;
      result.odds[s] = step.odds_against(i);
    }
    Environment::take(choice, taken, graph, links);
  }
  return result;
}

}  // namespace difftrack::policy
