// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "difftrack/tune/proposer.hpp"

namespace difftrack::tune {

/// How much each parameter matters over the whole space, as the process has learnt it: the share of the variance of its
/// mean that is left when all parameters but this one are known (total effect; Jansen, Computer Physics Communications
/// 117 (1999) 35), over 512 pairs of Sobol settings. One value in [0, 1] or a little above per parameter; effects that
/// parameters have together count for each of them. All 0 where nothing varies.
std::vector<double> importance(const Proposer& proposer);

}  // namespace difftrack::tune
