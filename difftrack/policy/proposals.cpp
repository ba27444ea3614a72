// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/proposals.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::policy {
namespace {

constexpr double kHonour = 4.0;  // temperatures that a proposal counts for in the projection

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Scores reward_scores(const JointChoice& choice) {
  Scores scores{{}, choice.leave};
  for (std::size_t e = 0; e < choice.segment.size(); ++e) scores.entry.push_back(choice.reward(e));
  return scores;
}

core::RandomStream stream_of(const DrawPlace& place, std::int32_t hit) {
  core::RandomStream random(place.seed, (std::uint64_t{place.iteration} << 32U) | place.frame);
  random.seek((place.rollout << 24U) | static_cast<std::uint32_t>(hit));
  return random;
}

Proposals::Proposals(const JointChoice& choice, const Scores& scores, double temperature)
    : choice_(choice), scores_(scores), probabilities_(Scores::none(choice)), temperature_(temperature) {
  if (!(temperature > 0.0)) throw core::InputError({"", "temperature", std::to_string(temperature)}, "must be above 0");
  if (scores.entry.size() != choice.segment.size() || scores.leave.size() != choice.n_agents())
    throw core::InputError({"", "scores", std::to_string(scores.entry.size())}, "needs one per action");
  for (std::size_t i = 0; i < choice.n_agents(); ++i) {
    const auto begin = at(choice.problem.row_begin[i]), end = at(choice.problem.row_begin[i + 1]);
    double most = scores.leave[i];
    for (auto e = begin; e < end; ++e) most = std::max(most, scores.entry[e]);
    double sum = probabilities_.leave[i] = std::exp((scores.leave[i] - most) / temperature);
    for (auto e = begin; e < end; ++e)
      sum += probabilities_.entry[e] = std::exp((scores.entry[e] - most) / temperature);
    probabilities_.leave[i] /= sum;
    for (auto e = begin; e < end; ++e) probabilities_.entry[e] /= sum;
  }
}

std::int32_t Proposals::draw(std::size_t agent, core::RandomStream& random) const {
  double left = random.uniform() - probabilities_.leave[agent];
  if (left < 0.0) return kLeaves;
  const std::int32_t begin = choice_.problem.row_begin[agent], end = choice_.problem.row_begin[agent + 1];
  std::int32_t drawn = kLeaves;  // the last one possible where rounding leaves a rest
  for (auto e = begin; e < end; ++e) {
    if (probabilities_.entry[at(e)] > 0.0) drawn = e;
    left -= probabilities_.entry[at(e)];
    if (left < 0.0) break;
  }
  return drawn;
}

std::vector<std::int32_t> Proposals::project(std::span<const std::int32_t> proposed,
                                             assign::Workspace& workspace) const {
  Scores honoured = scores_;
  for (std::size_t i = 0; i < proposed.size(); ++i)
    (proposed[i] == kLeaves ? honoured.leave[i] : honoured.entry[at(proposed[i])]) += kHonour * temperature_;
  return best_action(choice_, honoured.entry, honoured.leave, workspace);
}

double Proposals::log_probability(std::size_t agent, std::int32_t proposed) const {
  return std::log(proposed == kLeaves ? probabilities_.leave[agent] : probabilities_.entry[at(proposed)]);
}

void Proposals::add_gradient(std::size_t agent, std::int32_t proposed, double weight, Scores& gradient) const {
  const double w = weight / temperature_;
  gradient.leave[agent] += w * ((proposed == kLeaves ? 1.0 : 0.0) - probabilities_.leave[agent]);
  for (auto e = choice_.problem.row_begin[agent]; e < choice_.problem.row_begin[agent + 1]; ++e)
    gradient.entry[at(e)] += w * ((proposed == e ? 1.0 : 0.0) - probabilities_.entry[at(e)]);
}

double Proposals::entropy() const {
  const auto term = [](double p) { return p > 0.0 ? -p * std::log(p) : 0.0; };
  double sum = 0.0;
  for (const double p : probabilities_.entry) sum += term(p);
  for (const double p : probabilities_.leave) sum += term(p);
  return choice_.n_agents() == 0 ? 0.0 : sum / static_cast<double>(choice_.n_agents());
}

std::int64_t conflicts(std::span<const std::int32_t> proposed, std::span<const std::int32_t> taken) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < proposed.size(); ++i) n += proposed[i] != taken[i];
  return n;
}

}  // namespace difftrack::policy
