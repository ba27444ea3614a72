// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/scored_policy.hpp"

#include "difftrack/network/scorer/pair_scores.hpp"
#include "difftrack/policy/pair_features.hpp"

namespace difftrack::policy {

Policy scored_policy(const Environment& environment, const graph::HitGraph& graph, const NetworkScores& scores) {
  return [&environment, &graph, scores](std::size_t t, const JointChoice& choice, const track::Links& links) {
    Scores result = reward_scores(choice);
    for (std::size_t e = 0; e < result.entry.size(); ++e)
      result.entry[e] = scores.reward_weight * result.entry[e] +
                        static_cast<double>(scores.logits[static_cast<std::size_t>(choice.segment[e])]);
    for (double& leave : result.leave) leave *= scores.reward_weight;
    if (scores.pair_head.width > 0) {
      const auto pairs = network::pair_scores(scores.pair_head, pair_features(environment, graph, t, choice, links));
      for (std::size_t e = 0; e < pairs.size(); ++e) result.entry[e] += static_cast<double>(pairs[e]);
    }
    return result;
  };
}

}  // namespace difftrack::policy
