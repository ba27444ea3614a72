// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "difftrack/track/joint/likelihood.hpp"

/// Tables of a likelihood at one residual range.
namespace difftrack::track {

/// Rows of n values of a table, that of the knot `first_row` + place.knot and the next, mixed.
template <std::size_t n>
std::array<double, n> mixed_rows(const std::vector<float>& table, std::size_t first_row, const RangePlace& place) {
  std::array<double, n> result;
  const std::size_t row = (first_row + place.knot) * n;
  for (std::size_t i = 0; i < n; ++i)
    result[i] = (1.0 - place.share) * static_cast<double>(table[row + i]) +
                place.share * static_cast<double>(table[row + n + i]);
  return result;
}

/// -log of each.
template <std::size_t n>
std::array<double, n> costs_of(std::array<double, n> probabilities) {
  for (double& p : probabilities) p = -std::log(p);
  return probabilities;
}

using DepositEdges = std::array<double, Likelihood::kDeposits - 1>;  ///< [MeV] between the bins

/// Bin of a deposit [MeV].
inline std::size_t bin_of(const DepositEdges& edges, float deposit) {
  std::size_t bin = 0;
  for (const double edge : edges) bin += static_cast<double>(deposit) > edge;
  return bin;
}

}  // namespace difftrack::track
