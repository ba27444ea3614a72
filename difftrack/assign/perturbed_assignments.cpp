// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/perturbed_assignments.hpp"

#include <cmath>

#include "difftrack/core/random.hpp"

namespace difftrack::assign {

PerturbedAssignments::PerturbedAssignments() : PerturbedAssignments(Config{}) {}

PerturbedAssignments::PerturbedAssignments(const Config& config) : config_(config) { core::check_fields(config, ""); }

std::vector<double> PerturbedAssignments::costs(std::span<const double> costs, std::uint64_t stream,
                                                std::int32_t sample) const {
  core::RandomStream random(static_cast<std::uint64_t>(config_.seed), stream);
  random.seek(static_cast<std::uint32_t>(sample));
  std::vector<double> result(costs.begin(), costs.end());
  for (double& cost : result) cost += config_.temperature * std::log(-std::log(random.uniform()));
  return result;
}

PerturbedAssignments::Sample PerturbedAssignments::operator()(const Assignment& around, std::span<const double> costs,
                                                              std::uint64_t stream, std::int32_t sample) const {
  Sample result;
  result.assigned = reassign(around, this->costs(costs, stream, sample), config_.threads, &result.cost);
  return result;
}

PerturbedAssignments::Mean PerturbedAssignments::mean(const Assignment& around, std::span<const double> costs,
                                                      std::uint64_t stream) const {
  Mean result{std::vector<double>(costs.size(), 0.0), 0.0};
  for (std::int32_t sample = 0; sample < config_.samples; ++sample) {
    const Sample drawn = (*this)(around, costs, stream, sample);
    for (std::size_t s = 0; s < costs.size(); ++s) result.assigned[s] += drawn.assigned[s];
    result.cost += drawn.cost / config_.samples;
  }
  for (double& share : result.assigned) share /= config_.samples;
  return result;
}

}  // namespace difftrack::assign
