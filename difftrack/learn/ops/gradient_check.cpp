// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/ops/gradient_check.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/random.hpp"

namespace difftrack::learn {

namespace {

/// dL/dY as the backward pass used it: in the published convention the clamp at 0 shortens it.
std::vector<float> used_gradient(std::span<const double> costs, std::span<const float> g,
                                 const assign::BlackboxConfig& blackbox, double lambda, std::int64_t& clamped) {
  std::vector<float> used(g.begin(), g.end());
  if (blackbox.scale_free()) return used;
  for (std::size_t s = 0; s < used.size(); ++s)
    if (costs[s] + lambda * double{g[s]} < 0.0) {
      used[s] = static_cast<float>(-costs[s] / lambda);
      ++clamped;
    }
  return used;
}

}  // namespace

bool GradientCheck::agrees() const {
  return std::all_of(directions.begin(), directions.end(), [](const auto& d) { return d.agrees; });
}

double GradientCheck::worst() const {
  double distance = 0.0;
  for (const DirectionCheck& d : directions)
    distance = std::max(
        {distance, std::min(d.forward, d.backward) - d.analytic, d.analytic - std::max(d.forward, d.backward)});
  return distance;
}

GradientCheck check_gradient(const assign::Assignment& forward, std::span<const float> scores,
                             std::span<const float> gradient_of_assigned, std::span<const float> gradient,
                             const assign::BlackboxConfig& blackbox, const GradientCheckConfig& config) {
  GradientCheck check;
  check.lambda = assign::effective_lambda(gradient_of_assigned, blackbox);
  // The published convention leaves the factor 1 / lambda out.
  const double factor = blackbox.scale_free() ? check.lambda : 1.0;
  double square = 0.0;
  for (const float g : gradient) {
    check.nonzero += g != 0.0F ? 1 : 0;
    square += factor * double{g} * factor * double{g};
  }
  check.norm = std::sqrt(square);
  if (check.lambda == 0.0) return check;

  const std::vector<double> costs = assign::costs_of(scores);
  const std::vector<float> g = used_gradient(costs, gradient_of_assigned, blackbox, check.lambda, check.clamped);
  const double tolerance = config.tolerance * (1.0 + check.norm);
  for (std::int32_t k = 0; k < config.directions; ++k) {
    core::RandomStream random(static_cast<std::uint64_t>(config.direction_seed), static_cast<std::uint64_t>(k));
    std::vector<double> direction(costs.size());
    for (double& d : direction) d = random.normal();
    DirectionCheck result;
    for (std::size_t s = 0; s < costs.size(); ++s)
      result.analytic -= factor * double{gradient[s]} * direction[s];  // dC = -dp
    const auto loss = [&](double step) {
      std::vector<double> moved(costs);
      for (std::size_t s = 0; s < moved.size(); ++s) moved[s] += step * direction[s];
      return check.lambda * assign::interpolated_loss(forward, moved, g, check.lambda);
    };
    const double here = loss(0.0);
    for (double step = config.step, tries = 0; tries < 3 && !result.agrees; step *= 0.1, ++tries) {
      result.forward = (loss(step) - here) / step;
      result.backward = (here - loss(-step)) / step;
      result.smooth = std::abs(result.forward - result.backward) <= tolerance;
      result.agrees = result.analytic >= std::min(result.forward, result.backward) - tolerance &&
                      result.analytic <= std::max(result.forward, result.backward) + tolerance;
    }
    check.directions.push_back(result);
  }
  return check;
}

}  // namespace difftrack::learn
