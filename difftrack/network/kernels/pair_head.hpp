// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "difftrack/network/pair_head.hpp"

namespace difftrack::network::kernels {

/// Widths 16, 32 and 64.
bool has_pair_kernels(int width);

/// pair_scores (scorer/pair_scores.hpp) for a width with kernels; the same bits on all targets of one lane order and
/// for any division of the rows.
void pair_scores(const PairHead& head, std::span<const float> rows, std::span<float> scores);

/// add_pair_gradient for a width with kernels. Sums run in float32 over blocks of 64 rows and go on in double.
void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient);

}  // namespace difftrack::network::kernels
