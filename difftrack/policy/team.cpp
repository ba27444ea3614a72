// SPDX-License-Identifier: Apache-2.0
#include "difftrack/policy/team.hpp"

#include <algorithm>
#include <numeric>

namespace difftrack::policy {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

std::int32_t root(std::vector<std::int32_t>& parent, std::int32_t i) {
  while (parent[at(i)] != i) i = parent[at(i)] = parent[at(parent[at(i)])];
  return i;
}

}  // namespace

std::vector<std::int32_t> components(const JointChoice& choice, double gate) {
  std::vector<std::int32_t> parent(choice.n_agents()), first_of(at(choice.problem.n_columns), -1);
  std::iota(parent.begin(), parent.end(), 0);
  for (std::int32_t i = 0; i < choice.problem.n_rows; ++i)
    for (auto e = choice.problem.row_begin[at(i)]; e < choice.problem.row_begin[at(i) + 1]; ++e) {
      if (choice.reward(at(e)) - choice.leave[at(i)] <= gate) continue;
      std::int32_t& other = first_of[at(choice.problem.column[at(e)])];
      if (other < 0) other = i;
      const std::int32_t a = root(parent, i), b = root(parent, other);
      parent[at(std::max(a, b))] = std::min(a, b);
    }
  std::vector<std::int32_t> team, number(parent.size(), -1);
  std::int32_t n = 0;
  for (std::int32_t i = 0; i < choice.problem.n_rows; ++i) {
    const auto r = at(root(parent, i));
    if (number[r] < 0) number[r] = n++;
    team.push_back(number[r]);
  }
  return team;
}

std::vector<double> shared_rewards(const JointChoice& choice, std::span<const std::int32_t> taken,
                                   std::span<const std::int32_t> team, double share) {
  std::vector<double> own, sum(taken.size(), 0.0), size(taken.size(), 0.0);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    own.push_back(taken[i] == kLeaves ? choice.leave[i] : choice.reward(at(taken[i])));
    sum[at(team[i])] += own[i];
    size[at(team[i])] += 1.0;
  }
  for (std::size_t i = 0; i < own.size(); ++i)
    own[i] = (1.0 - share) * own[i] + share * sum[at(team[i])] / size[at(team[i])];
  return own;
}

}  // namespace difftrack::policy
