// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/rollout.hpp"

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

track::SegmentAssignment decide(const Environment& environment, const graph::HitGraph& graph, const Policy& policy) {
  track::SegmentAssignment result{std::vector<std::uint8_t>(graph.size(), 0), std::vector<float>(graph.size(), 0.0F)};
  track::Links links = track::Links::none(environment.n_hits());
  assign::Workspace workspace;
  for (std::size_t t = 0; t < environment.n_steps(); ++t) {
    const JointChoice choice = environment.choices(t, links);
    const Scores scores = policy(t, choice, links);
    const auto taken = best_action(choice, scores.entry, scores.leave, workspace);
    for (std::size_t i = 0; i < taken.size(); ++i)
      for (auto e = choice.problem.row_begin[i]; e < choice.problem.row_begin[i + 1]; ++e) {
        const auto s = at(choice.segment[at(e)]);
        result.scores[s] = static_cast<float>(1.0 / (1.0 + std::exp(scores.leave[i] - scores.entry[at(e)])));
        result.assigned[s] = taken[i] == e;
      }
    Environment::take(choice, taken, graph, links);
  }
  return result;
}

}  // namespace difftrack::policy
