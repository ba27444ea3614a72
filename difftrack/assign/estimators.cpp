// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/estimators.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/core/error.hpp"

namespace difftrack::assign {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

void check_length(std::size_t length, const Assignment& forward, const std::string& name) {
  if (length != forward.assigned.size())
    throw core::InputError({"", name, std::to_string(length)},
                           "needs one per segment (" + std::to_string(forward.assigned.size()) + ")");
}

[[noreturn]] void refuse(Estimator estimator, const std::string& known) {
  throw core::InputError({"", "estimator", std::string(core::name_of(estimator))}, "must be one of " + known);
}

std::vector<float> implicit_mle(const Assignment& forward, std::span<const float> scores, std::span<const float> g,
                                const EstimatorConfig& config, std::uint64_t stream) {
  std::vector<double> sum(scores.size(), 0.0);
  const double lambda = effective_lambda(g, config.blackbox);
  const auto costs = costs_of(scores);
  const PerturbedAssignments perturbed(config.noise);
  for (std::int32_t sample = 0; sample < config.noise.samples && lambda > 0.0; ++sample) {
    auto noisy = perturbed.costs(costs, stream, sample);
    const auto here = reassign(forward, noisy, config.noise.threads);
    for (std::size_t s = 0; s < noisy.size(); ++s) noisy[s] += lambda * static_cast<double>(g[s]);
    const auto moved = reassign(forward, noisy, config.noise.threads);
    for (std::size_t s = 0; s < sum.size(); ++s) sum[s] += here[s] - moved[s];
  }
  const double factor = 1.0 / (config.noise.samples * (config.blackbox.scale_free() && lambda > 0.0 ? lambda : 1.0));
  std::vector<float> result(sum.size());
  for (std::size_t s = 0; s < sum.size(); ++s) result[s] = static_cast<float>(factor * sum[s]);
  return result;
}

/// Hits that every maximum matching uses, and entries that some maximum matching may use, of one layer pair.
struct Invariants {
  std::vector<std::uint8_t> row, column, entry;

  explicit Invariants(const PairAssignment& pair) {
    const Problem& p = pair.problem;
    const Solution& s = pair.solution;
    row.assign(at(p.n_rows), 0);
    column.assign(at(p.n_columns), 1);
    entry.assign(p.n_entries(), 0);
    std::vector<std::vector<std::int32_t>> rows_of(at(p.n_columns));
    for (std::int32_t r = 0; r < p.n_rows; ++r)
      for (auto e = p.row_begin[at(r)]; e < p.row_begin[at(r) + 1]; ++e)
        if (s.row_level[at(r)] + s.column_level[at(p.column[at(e)])] == 0) rows_of[at(p.column[at(e)])].push_back(r);
    std::vector<std::int32_t> reached;  // columns that some maximum matching leaves
    for (std::int32_t c = 0; c < p.n_columns; ++c)
      if (s.column_level[at(c)] == 0 && s.column_to_row[at(c)] < 0) reached.push_back(c), column[at(c)] = 0;
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (const auto r : rows_of[at(reached[i])]) {
        const auto mate = p.column[at(s.row_to_entry[at(r)])];
        if (column[at(mate)]) reached.push_back(mate), column[at(mate)] = 0;
      }
    const auto mate_stays = [&](std::int32_t r) {  // whether the row's match is always used
      const auto e = s.row_to_entry[at(r)];
      return e >= 0 && column[at(p.column[at(e)])] != 0;
    };
    for (std::int32_t r = 0; r < p.n_rows; ++r) {
      row[at(r)] = s.row_level[at(r)] == 0;
      for (auto e = p.row_begin[at(r)]; e < p.row_begin[at(r) + 1]; ++e) {
        const auto c = at(p.column[at(e)]);
        if (s.row_level[at(r)] == 0)
          entry[at(e)] = s.column_level[c] == 0 && (column[c] != 0) == mate_stays(r);
        else
          entry[at(e)] = s.column_level[c] < 0;
      }
    }
  }
};

void project_pair(const PairAssignment& pair, std::vector<double>& g) {
  const Problem& p = pair.problem;
  const Invariants keep(pair);
  std::vector<double> x(at(p.n_rows), 0.0), y(at(p.n_columns), 0.0), sum(at(p.n_columns));
  std::vector<double> count(at(p.n_columns), 0.0);
  double largest = 0.0;
  for (std::size_t e = 0; e < g.size(); ++e) {
    if (!keep.entry[e]) g[e] = 0.0;
    largest = std::max(largest, std::abs(g[e]));
    count[at(p.column[e])] += keep.entry[e];
  }
  double change = largest;
  for (int i = 0; i < 500 && change > 1e-9 * largest; ++i) {
    change = 0.0;
    std::fill(sum.begin(), sum.end(), 0.0);
    for (std::size_t r = 0; r < x.size(); ++r) {
      double row_sum = 0.0, n = 0.0;
      for (auto e = at(p.row_begin[r]); e < at(p.row_begin[r + 1]); ++e)
        if (keep.entry[e]) row_sum += g[e] - y[at(p.column[e])], n += 1.0;
      const double updated = keep.row[r] && n > 0.0 ? row_sum / n : 0.0;
      change = std::max(change, std::abs(updated - x[r]));
      x[r] = updated;
      for (auto e = at(p.row_begin[r]); e < at(p.row_begin[r + 1]); ++e)
        if (keep.entry[e]) sum[at(p.column[e])] += g[e] - x[r];
    }
    for (std::size_t c = 0; c < y.size(); ++c) {
      const double updated = keep.column[c] && count[c] > 0.0 ? sum[c] / count[c] : 0.0;
      change = std::max(change, std::abs(updated - y[c]));
      y[c] = updated;
    }
  }
  for (std::size_t r = 0; r < x.size(); ++r)
    for (auto e = at(p.row_begin[r]); e < at(p.row_begin[r + 1]); ++e)
      if (keep.entry[e]) g[e] -= x[r] + y[at(p.column[e])];
}

}  // namespace

std::vector<double> project_gradient(const Assignment& forward, std::span<const float> gradient_of_assigned) {
  check_length(gradient_of_assigned.size(), forward, "gradient");
  std::vector<double> result(gradient_of_assigned.size(), 0.0);
  std::vector<double> own;
  for (std::size_t p = 0; p < forward.pairs.size(); ++p) {
    const auto first = at(forward.entry_begin[p]);
    own.resize(forward.pairs[p].problem.n_entries());
    for (std::size_t e = 0; e < own.size(); ++e)
      own[e] = static_cast<double>(gradient_of_assigned[at(forward.segment(first + e))]);
    if (!forward.free) project_pair(forward.pairs[p], own);
    for (std::size_t e = 0; e < own.size(); ++e) result[at(forward.segment(first + e))] = own[e];
  }
  return result;
}

std::vector<float> assignment_gradient(const Assignment& forward, std::span<const float> scores,
                                       std::span<const float> gradient_of_assigned, const EstimatorConfig& config,
                                       std::uint64_t stream) {
  core::check_fields(config, "");
  check_length(scores.size(), forward, "scores");
  check_length(gradient_of_assigned.size(), forward, "gradient");
  if (config.estimator == Estimator::Blackbox) {
    BlackboxConfig blackbox = config.blackbox;
    blackbox.threads = config.noise.threads;
    return blackbox_gradient(forward, scores, gradient_of_assigned, blackbox);
  }
  if (config.estimator == Estimator::ImplicitMle)
    return implicit_mle(forward, scores, gradient_of_assigned, config, stream);
  if (config.estimator != Estimator::Identity) refuse(config.estimator, "blackbox, identity and implicit_mle");
  const auto projected = project_gradient(forward, gradient_of_assigned);
  return {projected.begin(), projected.end()};
}

double cost_of_assignment(const Assignment& structure, std::span<const double> costs,
                          std::span<const std::uint8_t> assigned) {
  check_length(costs.size(), structure, "costs");
  check_length(assigned.size(), structure, "assigned");
  double total = 0.0;
  std::vector<std::uint8_t> column_used;
  for (std::size_t i = 0; i < structure.pairs.size(); ++i) {
    const PairAssignment& pair = structure.pairs[i];
    const Problem& p = pair.problem;
    const auto first = at(structure.entry_begin[i]);
    column_used.assign(at(p.n_columns), 0);
    for (std::size_t r = 0; r < at(p.n_rows); ++r) {
      bool used = false;
      for (auto e = at(p.row_begin[r]); e < at(p.row_begin[r + 1]); ++e) {
        const auto s = at(structure.segment(first + e));
        if (!assigned[s]) continue;
        used = true;
        column_used[at(p.column[e])] = 1;
        total += costs[s];
      }
      if (structure.free && !used) total += pair.leaving.row[r];
    }
    for (std::size_t c = 0; structure.free && c < column_used.size(); ++c)
      if (!column_used[c]) total += pair.leaving.column[c];
  }
  return total;
}

LossAndGradient assignment_loss(const Assignment& forward, std::span<const float> scores,
                                std::span<const std::uint8_t> labels, const EstimatorConfig& config,
                                std::uint64_t stream) {
  core::check_fields(config, "");
  check_length(scores.size(), forward, "scores");
  check_length(labels.size(), forward, "labels");
  if (!config.is_loss()) refuse(config.estimator, "spo_plus and fenchel_young");
  const auto costs = costs_of(scores);
  std::vector<double> true_costs(labels.size());
  for (std::size_t s = 0; s < labels.size(); ++s) true_costs[s] = labels[s] ? 0.0 : 1.0;
  const auto target = reassign(forward, true_costs, config.noise.threads);
  LossAndGradient result{0.0, std::vector<float>(scores.size(), 0.0F)};
  if (config.estimator == Estimator::SpoPlus) {
    std::vector<double> opposed(costs.size());
    for (std::size_t s = 0; s < costs.size(); ++s) opposed[s] = 2.0 * costs[s] - true_costs[s];
    double lowest = 0.0;
    const auto worst = reassign(forward, opposed, config.noise.threads, &lowest);
    result.value =
        2.0 * cost_of_assignment(forward, costs, target) - cost_of_assignment(forward, true_costs, target) - lowest;
    for (std::size_t s = 0; s < worst.size(); ++s)
      result.gradient[s] = 2.0F * (static_cast<float>(worst[s]) - static_cast<float>(target[s]));
    return result;
  }
  const auto mean = PerturbedAssignments(config.noise).mean(forward, costs, stream);
  result.value = cost_of_assignment(forward, costs, target) - mean.cost;
  for (std::size_t s = 0; s < mean.assigned.size(); ++s)
    result.gradient[s] = static_cast<float>(mean.assigned[s] - static_cast<double>(target[s]));
  return result;
}

}  // namespace difftrack::assign
