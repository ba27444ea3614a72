// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace difftrack::study {

/// Area under the receiver operating characteristic: the probability that a positive has a larger value than a
/// negative, ties one half (Mann–Whitney). NaN without a positive or a negative.
double area_under_curve(std::span<const double> values, std::span<const std::uint8_t> positive);

/// A number with its 95 % interval.
struct Interval {
  double value = 0.0, low = 0.0, high = 0.0;
};

/// A statistic of pairs of models over frames, e.g. churn: Σ_frames numerator / Σ_frames denominator per pair.
struct PairCounts {
  std::size_t models = 0, frames = 0;
  std::vector<double> numerator;    ///< (frames, models, models), symmetric
  std::vector<double> denominator;  ///< the same
};

/// Mean over the pairs of different models of one group, with a bootstrap interval: frames and models are both drawn
/// with replacement, since both were; pairs of a model with itself are left out. NaN of a single model.
Interval group_mean(const PairCounts& counts, const std::vector<std::size_t>& group, std::int32_t resamplings,
                    std::int64_t seed);

/// Permutation test of model labels: is the mean over pairs within group A different from that within B? Pairs share
/// models, so labels of models are permuted, not values of pairs. Two-sided; with the exact list of all
/// label changes where there are no more than `permutations`.
struct PermutationTest {
  double difference = 0.0;  ///< mean within A − mean within B
  double p = 1.0;           ///< share of labellings with a difference at least as large
  std::int64_t labellings = 0;
  bool exact = false;
};
/// See there; `matrix` is (models, models).
PermutationTest compare_groups(std::span<const double> matrix, std::size_t models, const std::vector<std::size_t>& a,
                               const std::vector<std::size_t>& b, std::int32_t permutations, std::int64_t seed);

}  // namespace difftrack::study
