// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "difftrack/network/pair_head.hpp"

namespace difftrack::network {

/// k of every row of `rows`, shape (pairs, kPairColumns). On kernels for widths 16, 32 and 64, else in the plain
/// reference; the two agree to rounding. Throws std::invalid_argument where sizes do not fit.
std::vector<float> pair_scores(const PairHead& head, std::span<const float> rows);

/// Adds Σ_rows grad_k ∂k/∂numbers to `gradient`, one per number of the head.
void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient);

}  // namespace difftrack::network
