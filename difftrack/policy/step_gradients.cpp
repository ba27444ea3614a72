// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/step_gradients.hpp"

#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::policy {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

void check_positive(double value, const char* name) {
  if (!(value > 0.0)) throw core::InputError({"", name, std::to_string(value)}, "must be above 0");
}

void check_scores(const JointChoice& choice, const Scores& scores, const char* name) {
  if (scores.entry.size() != choice.segment.size() || scores.leave.size() != choice.n_agents())
    throw core::InputError({"", name, std::to_string(scores.entry.size())}, "needs one per action");
}

/// to += factor * from.
void add(Scores& to, const Scores& from, double factor) {
  for (std::size_t e = 0; e < to.entry.size(); ++e) to.entry[e] += factor * from.entry[e];
  for (std::size_t i = 0; i < to.leave.size(); ++i) to.leave[i] += factor * from.leave[i];
}

}  // namespace

Scores indicator(const JointChoice& choice, std::span<const std::int32_t> taken) {
  Scores y = Scores::none(choice);
  for (std::size_t i = 0; i < taken.size(); ++i) (taken[i] == kLeaves ? y.leave[i] : y.entry[at(taken[i])]) = 1.0;
  return y;
}

Scores with_gumbel(const JointChoice& choice, const Scores& scores, double temperature, const DrawPlace& place) {
  Scores noisy = scores;
  for (std::size_t i = 0; i < choice.n_agents(); ++i) {
    core::RandomStream random = stream_of(place, choice.first_agent + static_cast<std::int32_t>(i));
    const auto gumbel = [&] { return -temperature * std::log(random.exponential()); };
    noisy.leave[i] += gumbel();
    for (auto e = choice.problem.row_begin[i]; e < choice.problem.row_begin[i + 1]; ++e) noisy.entry[at(e)] += gumbel();
  }
  return noisy;
}

Scores blackbox_direction(const JointChoice& choice, const Scores& scores, const Scores& values, double lambda) {
  check_positive(lambda, "lambda");
  check_scores(choice, scores, "scores");
  check_scores(choice, values, "values");
  assign::Workspace workspace;
  Scores moved = scores;
  add(moved, values, lambda);
  Scores direction = indicator(choice, best_action(choice, moved.entry, moved.leave, workspace));
  add(direction, indicator(choice, best_action(choice, scores.entry, scores.leave, workspace)), -1.0);
  Scores result = Scores::none(choice);
  add(result, direction, 1.0 / lambda);
  return result;
}

Scores improvement_direction(const JointChoice& choice, const Scores& scores, const Scores& values, double temperature,
                             std::int32_t samples, const DrawPlace& place) {
  check_positive(temperature, "temperature");
  check_positive(samples, "samples");
  check_scores(choice, scores, "scores");
  check_scores(choice, values, "values");
  assign::Workspace workspace;
  Scores direction = indicator(choice, best_action(choice, values.entry, values.leave, workspace));
  for (std::int32_t k = 0; k < samples; ++k) {
    DrawPlace own = place;
    own.rollout = static_cast<std::uint32_t>(k);
    const Scores noisy = with_gumbel(choice, scores, temperature, own);
    add(direction, indicator(choice, best_action(choice, noisy.entry, noisy.leave, workspace)), -1.0 / samples);
  }
  return direction;
}

}  // namespace difftrack::policy
