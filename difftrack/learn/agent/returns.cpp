// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "difftrack/learn/agent/ppo.hpp"

namespace difftrack::learn {

std::vector<double> standardised_by_part(const std::vector<double>& rewards, const std::vector<std::int32_t>& layer) {
  struct Moments {
    double n = 0.0, sum = 0.0, squares = 0.0;
  };
  std::array<Moments, kAgentParts> of;
  const auto part = [&](std::size_t i) -> Moments& { return of.at(static_cast<std::size_t>(agent_part(layer[i]))); };
  for (std::size_t i = 0; i < rewards.size(); ++i) part(i).n += 1.0, part(i).sum += rewards[i];
  for (std::size_t i = 0; i < rewards.size(); ++i) part(i).squares += std::pow(rewards[i] - part(i).sum / part(i).n, 2);
  constexpr double kLeast = 1e-10;  // beside a deviation
  std::vector<double> result;
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    const Moments& m = part(i);
    result.push_back((rewards[i] - m.sum / m.n) / (std::sqrt(m.squares / m.n) + kLeast));
  }
  return result;
}

std::vector<double> generalised_advantages(const std::vector<double>& rewards, const std::vector<double>& values,
                                           double discount, double trace) {
  std::vector<double> advantages(rewards.size());
  double value = 0.0, advantage = 0.0;  // of the step after
  for (std::size_t t = rewards.size(); t-- > 0;) {
    advantage = rewards[t] + discount * value - values[t] + discount * trace * advantage;
    value = values[t];
    advantages[t] = advantage;
  }
  return advantages;
}

AgentTargets targets_of(const std::vector<double>& rewards, const std::vector<double>& values,
                        const PpoConfig& config) {
  std::vector<double> advantages = generalised_advantages(rewards, values, config.discount, config.trace);
  std::vector<double> returns = advantages;
  for (std::size_t t = 0; t < returns.size(); ++t) returns[t] += values[t];
  if (config.credit == AgentCredit::Swapped) return {std::move(advantages), std::move(returns)};
  return {std::move(returns), std::move(advantages)};
}

}  // namespace difftrack::learn
