// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/policy/environment.hpp"
#include "difftrack/policy/proposals.hpp"
#include "tests/problems/frames.hpp"

/// Three tracks through three layers, so near to each other that any joint action is possible, and all of these.
namespace difftrack::policy::toy {

/// A frame of `n_layers` × 3 hits with Gaussian kinks of 0.03 rad and constant costs of everything else.
struct Toy {
  event::Frame frame;
  graph::HitGraph graph;
  track::FrameEnergy energy;

  explicit Toy(std::int32_t n_layers = 3) {
    const std::vector<std::vector<float>> x = {
        {0.0F, 0.5F, 1.1F}, {0.1F, 0.45F, 1.0F}, {0.3F, 0.35F, 1.2F}, {0.5F, 0.2F, 1.3F}, {0.6F, 0.3F, 1.2F}};
    std::vector<problems::MadeHit> made;
    for (std::int32_t layer = 0; layer < n_layers; ++layer)
      for (std::int32_t k = 0; k < 3; ++k)
        made.push_back(
            {layer, x[static_cast<std::size_t>(layer)][static_cast<std::size_t>(k)], 0.1F * static_cast<float>(k), k});
    frame = problems::made_frame(made);
    graph = graph::build_hit_graph(frame, {.angles = {.max_angle_calorimeter = 1.5, .max_angle_tracker = 1.5}});
    const std::size_t n = frame.hits.size();
    energy.link.assign(graph.size(), 1.0F);
    energy.start.assign(graph.size(), -0.5F);
    energy.birth.assign(n, 2.5F);
    energy.death.assign(n, 1.5F);
    energy.lone.assign(n, 3.0F);
    energy.kink_row.assign(n, 0);
    const double variance = 0.03 * 0.03;
    for (std::size_t p = 0; p < track::ChordGrid::kPoints; ++p)
      energy.kinks.push_back(static_cast<float>(0.5 * track::ChordGrid::squared(p) / variance + 0.5));
  }

  /// Its process; frame, graph and energy are this object's.
  Environment environment(Order order = Order::Deepest) const { return {frame, graph, energy, order, 1}; }
};

/// Calls body(taken) for every combination of actions of the agents, conflicting ones too.
inline void for_proposals(const JointChoice& choice,
                          const std::function<void(const std::vector<std::int32_t>&)>& body) {
  std::vector<std::int32_t> taken(choice.n_agents(), kLeaves);
  const std::function<void(std::size_t)> next = [&](std::size_t i) {
    if (i == taken.size()) return body(taken);
    taken[i] = kLeaves;
    next(i + 1);
    for (taken[i] = choice.problem.row_begin[i]; taken[i] < choice.problem.row_begin[i + 1]; ++taken[i]) next(i + 1);
  };
  next(0);
}

/// Whether no target is taken twice.
inline bool is_matching(const JointChoice& choice, const std::vector<std::int32_t>& taken) {
  std::vector<int> n(static_cast<std::size_t>(choice.problem.n_columns), 0);
  for (const auto e : taken)
    if (e != kLeaves && ++n[static_cast<std::size_t>(choice.problem.column[static_cast<std::size_t>(e)])] > 1)
      return false;
  return true;
}

/// Sum of the rewards of a joint action.
inline double reward_of(const JointChoice& choice, const std::vector<std::int32_t>& taken) {
  double sum = 0.0;
  for (std::size_t i = 0; i < taken.size(); ++i)
    sum += taken[i] == kLeaves ? choice.leave[i] : choice.reward(static_cast<std::size_t>(taken[i]));
  return sum;
}

/// Entries, then leaves.
inline std::vector<double> flat(const Scores& scores) {
  std::vector<double> all = scores.entry;
  all.insert(all.end(), scores.leave.begin(), scores.leave.end());
  return all;
}

/// A mean with its standard error, component by component.
struct Mean {
  std::vector<double> sum, square;
  double n = 0.0;

  void add(const std::vector<double>& sample) {
    sum.resize(sample.size(), 0.0), square.resize(sample.size(), 0.0);
    for (std::size_t i = 0; i < sample.size(); ++i) sum[i] += sample[i], square[i] += sample[i] * sample[i];
    n += 1.0;
  }
  double value(std::size_t i) const { return sum[i] / n; }
  double error(std::size_t i) const {
    return std::sqrt(std::max(0.0, square[i] / n - value(i) * value(i)) / (n - 1.0));
  }
  /// Largest distance from `exact` in standard errors.
  double worst(const std::vector<double>& exact) const {
    double most = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i)
      most = std::max(most, std::abs(value(i) - exact[i]) / std::max(error(i), 1e-12));
    return most;
  }
  std::vector<double> values() const {
    std::vector<double> result;
    for (std::size_t i = 0; i < sum.size(); ++i) result.push_back(value(i));
    return result;
  }
};

/// Cosine of the angle between two vectors.
inline double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

/// Length of a - b over that of b.
inline double relative_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double d = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) d += (a[i] - b[i]) * (a[i] - b[i]), bb += b[i] * b[i];
  return std::sqrt(d / bb);
}

}  // namespace difftrack::policy::toy
