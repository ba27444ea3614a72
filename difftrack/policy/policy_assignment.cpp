// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/policy_assignment.hpp"

#include <limits>
#include <utility>

#include "difftrack/policy/scored_policy.hpp"
#include "difftrack/track/joint/meetings.hpp"
#include "difftrack/track/joint/secondary_odds.hpp"

namespace difftrack::policy {

PolicyAssignment::PolicyAssignment(const detector::Detector& detector, track::Likelihood likelihood,
                                   const PolicyConfig& config, const track::PhysicsConfig& physics)
    : model_(detector, std::move(likelihood), config.order, physics) {
  core::check_fields(config, "");
}

PolicyDecision PolicyAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph) const {
  const FrameProcess process(frame, graph, model_);
  return conclude(frame, graph, decide(process.environment(), graph, reward_policy()));
}

PolicyDecision PolicyAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                            const NetworkScores& scores) const {
  const FrameProcess process(frame, graph, model_);
  const Policy policy = scored_policy(process.environment(), graph, scores);
  return conclude(frame, graph, decide(process.environment(), graph, policy));
}

PolicyDecision PolicyAssignment::conclude(const event::Frame& frame, const graph::HitGraph& graph,
                                          PolicyAnswer answer) const {
  const std::size_t n_hits = frame.hits.size();
  PolicyDecision decision{
      std::move(answer.assigned),
      std::move(answer.scores),
      {std::vector<float>(n_hits, std::numeric_limits<float>::quiet_NaN()), std::vector<float>(n_hits, 1.0F)}};
  const track::Links links = track::links_of(graph, decision.assigned, n_hits);
  const std::vector<std::int32_t> head = track::chain_heads(frame, graph, links);
  std::vector<double> odds = track::secondary_odds(frame, graph, model_.likelihood, model_.expectation, links, links,
                                                   std::vector<std::int32_t>(n_hits, -1));
  const auto probability = [](double against) { return static_cast<float>(1.0 / (1.0 + against)); };
  for (std::size_t h = 0; h < n_hits; ++h) {
    if (links.up[h] == track::kNoSegment) continue;
    const double against = answer.odds[static_cast<std::size_t>(links.up[h])];
    decision.confidence.link[h] = probability(against);
    odds[static_cast<std::size_t>(head[h])] += against;
  }
  for (std::size_t h = 0; h < n_hits; ++h)
    decision.confidence.chain[h] = probability(odds[static_cast<std::size_t>(head[h])]);
  return decision;
}

}  // namespace difftrack::policy
