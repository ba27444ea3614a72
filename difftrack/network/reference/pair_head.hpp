// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "difftrack/network/pair_head.hpp"

namespace difftrack::network::reference {

/// pair_scores (scorer/pair_scores.hpp) in plain double precision, for any width.
std::vector<double> pair_scores(const PairHead& head, std::span<const float> rows);

/// add_pair_gradient in plain double precision, for any width.
void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient);

}  // namespace difftrack::network::reference
