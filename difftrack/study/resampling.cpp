// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/resampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "difftrack/core/random.hpp"

namespace difftrack::study {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// Mean over pairs of different models among those drawn; each pair's ratio of sums over the drawn frames.
double mean_of_pairs(const PairCounts& counts, std::span<const std::size_t> models,
                     std::span<const std::size_t> frames) {
  double total = 0.0;
  std::int64_t pairs = 0;
  const std::size_t n = counts.models;
  for (std::size_t i = 0; i < models.size(); ++i)
    for (std::size_t j = i + 1; j < models.size(); ++j) {
      if (models[i] == models[j]) continue;
      double numerator = 0.0, denominator = 0.0;
      for (const std::size_t f : frames) {
        numerator += counts.numerator[(f * n + models[i]) * n + models[j]];
        denominator += counts.denominator[(f * n + models[i]) * n + models[j]];
      }
      if (!(denominator > 0.0)) continue;
      total += numerator / denominator;
      ++pairs;
    }
  return pairs > 0 ? total / static_cast<double>(pairs) : kNothing;
}

double mean_within(std::span<const double> matrix, std::size_t n, std::span<const std::size_t> group) {
  double total = 0.0, pairs = 0.0;
  for (std::size_t i = 0; i < group.size(); ++i)
    for (std::size_t j = i + 1; j < group.size(); ++j) {
      total += matrix[group[i] * n + group[j]];
      pairs += 1.0;
    }
  return pairs > 0.0 ? total / pairs : kNothing;
}

/// Number of ways to choose k of n, or `most` + 1 when there are more.
std::int64_t choose(std::size_t n, std::size_t k, std::int64_t most) {
  double ways = 1.0;
  for (std::size_t i = 0; i < k; ++i) ways = ways * static_cast<double>(n - i) / static_cast<double>(i + 1);
  return ways > static_cast<double>(most) ? most + 1 : static_cast<std::int64_t>(std::llround(ways));
}

}  // namespace

double area_under_curve(std::span<const double> values, std::span<const std::uint8_t> positive) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  double ranks = 0.0, positives = 0.0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double rank = 0.5 * (static_cast<double>(begin) + 1.0 + static_cast<double>(end));
    for (std::size_t k = begin; k < end; ++k)
      if (positive[order[k]] != 0) {
        ranks += rank;
        positives += 1.0;
      }
    begin = end;
  }
  const double negatives = static_cast<double>(values.size()) - positives;
  if (positives == 0.0 || negatives == 0.0) return kNothing;
  return (ranks - 0.5 * positives * (positives + 1.0)) / (positives * negatives);
}

Interval group_mean(const PairCounts& counts, const std::vector<std::size_t>& group, std::int32_t resamplings,
                    std::int64_t seed) {
  std::vector<std::size_t> frames(counts.frames);
  std::iota(frames.begin(), frames.end(), 0);
  const double value = mean_of_pairs(counts, group, frames);
  std::vector<double> values;
  for (std::int32_t k = 0; k < resamplings; ++k) {
    core::RandomStream random(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(k));
    std::vector<std::size_t> models(group.size()), drawn(counts.frames);
    for (auto& each : models) each = group[random.below(static_cast<std::uint32_t>(group.size()))];
    for (auto& each : drawn) each = random.below(static_cast<std::uint32_t>(counts.frames));
    if (const double mean = mean_of_pairs(counts, models, drawn); !std::isnan(mean)) values.push_back(mean);
  }
  if (values.empty()) return {value, kNothing, kNothing};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {value, at(0.025), at(0.975)};
}

PermutationTest compare_groups(std::span<const double> matrix, std::size_t models, const std::vector<std::size_t>& a,
                               const std::vector<std::size_t>& b, std::int32_t permutations, std::int64_t seed) {
  PermutationTest test;
  std::vector<std::size_t> all = a;
  all.insert(all.end(), b.begin(), b.end());
  const auto difference = [&](std::span<const std::size_t> order) {
    return mean_within(matrix, models, order.first(a.size())) - mean_within(matrix, models, order.subspan(a.size()));
  };
  test.difference = difference(all);
  if (std::isnan(test.difference)) return {test.difference, kNothing, 0, false};
  const double bound = std::abs(test.difference) * (1.0 - 1e-12);
  std::int64_t as_large = 0;
  const auto take = [&](std::span<const std::size_t> order) {
    as_large += std::abs(difference(order)) >= bound;
    ++test.labellings;
  };
  test.exact = choose(all.size(), a.size(), permutations) <= permutations;
  if (test.exact) {
    std::vector<std::uint8_t> first(all.size(), 0);  // which of all are labelled A; last permutation first
    std::fill_n(first.begin(), a.size(), 1);
    do {
      std::vector<std::size_t> order, rest;
      for (std::size_t i = 0; i < all.size(); ++i) (first[i] != 0 ? order : rest).push_back(all[i]);
      order.insert(order.end(), rest.begin(), rest.end());
      take(order);
    } while (std::prev_permutation(first.begin(), first.end()));
  } else {
    core::RandomStream random(static_cast<std::uint64_t>(seed), 0);
    take(all);  // the labelling at hand counts, so that p is never 0
    for (std::int32_t k = 0; k < permutations; ++k) {
      for (std::size_t i = all.size(); i > 1; --i)
        std::swap(all[i - 1], all[random.below(static_cast<std::uint32_t>(i))]);
      take(all);
    }
  }
  test.p = static_cast<double>(as_large) / static_cast<double>(test.labellings);
  return test;
}

}  // namespace difftrack::study
