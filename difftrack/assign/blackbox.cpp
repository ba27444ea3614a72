// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/blackbox.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::assign {
namespace {

void check_length(std::size_t length, std::size_t expected, const std::string& name) {
  if (length != expected)
    throw core::InputError({"", name, std::to_string(length)},
                           "needs one per segment (" + std::to_string(expected) + ")");
}

std::vector<double> stepped(std::span<const double> costs, std::span<const float> g, double lambda, bool clamp) {
  std::vector<double> result(costs.size());
  for (std::size_t s = 0; s < costs.size(); ++s) {
    result[s] = costs[s] + lambda * static_cast<double>(g[s]);
    if (clamp) result[s] = std::max(result[s], 0.0);
  }
  return result;
}

}  // namespace

std::vector<double> costs_of(std::span<const float> scores) {
  std::vector<double> costs(scores.size());
  for (std::size_t s = 0; s < scores.size(); ++s) costs[s] = 1.0 - static_cast<double>(scores[s]);
  return costs;
}

double effective_lambda(std::span<const float> gradient_of_assigned, const BlackboxConfig& config) {
  if (!config.scale_free()) return config.lambda;
  double largest = 0.0, sum = 0.0;
  for (const float g : gradient_of_assigned) largest = std::max(largest, std::abs(static_cast<double>(g)));
  if (largest == 0.0) return 0.0;
  for (const float g : gradient_of_assigned) sum += (g / largest) * (g / largest);
  return config.lambda * config.cost_scale /
         (largest * std::sqrt(sum / static_cast<double>(gradient_of_assigned.size())));
}

std::vector<float> blackbox_gradient(const Assignment& forward, std::span<const float> scores,
                                     std::span<const float> gradient_of_assigned, const BlackboxConfig& config) {
  core::check_fields(config, "");
  check_length(scores.size(), forward.assigned.size(), "scores");
  check_length(gradient_of_assigned.size(), forward.assigned.size(), "gradient");
  for (std::size_t s = 0; s < gradient_of_assigned.size(); ++s)
    if (!std::isfinite(gradient_of_assigned[s]))
      throw core::InputError({"", "gradient[" + std::to_string(s) + "]", std::to_string(gradient_of_assigned[s])},
                             "the gradient of the loss must be finite");
  std::vector<float> result(scores.size(), 0.0F);
  const double lambda = effective_lambda(gradient_of_assigned, config);
  if (lambda == 0.0) return result;
  const auto moved =
      reassign(forward, stepped(costs_of(scores), gradient_of_assigned, lambda, !config.scale_free()), config.threads);
  const double factor = config.scale_free() ? 1.0 / lambda : 1.0;
  for (std::size_t s = 0; s < result.size(); ++s)
    if (forward.assigned[s] != moved[s])
      result[s] =
          static_cast<float>(factor * (static_cast<double>(forward.assigned[s]) - static_cast<double>(moved[s])));
  return result;
}

double interpolated_loss(const Assignment& forward, std::span<const double> costs,
                         std::span<const float> gradient_of_assigned, double lambda) {
  check_length(gradient_of_assigned.size(), costs.size(), "gradient");
  double at_costs = 0.0, at_step = 0.0;
  reassign(forward, costs, 1, &at_costs);
  reassign(forward, stepped(costs, gradient_of_assigned, lambda, false), 1, &at_step);
  return (at_step - at_costs) / lambda;
}

std::vector<float> with_margin(std::span<const float> scores, std::span<const std::uint8_t> labels, double alpha) {
  check_length(labels.size(), scores.size(), "labels");
  const auto half = static_cast<float>(0.5 * alpha);
  std::vector<float> result(scores.size());
  for (std::size_t s = 0; s < scores.size(); ++s)
    result[s] = std::clamp(scores[s] + (labels[s] ? -half : half), 0.0F, 1.0F);
  return result;
}

}  // namespace difftrack::assign
