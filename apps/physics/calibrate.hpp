// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace difftrack::physics {

/// Searches the beam spot (sigma, divergence, emittance) whose hits and kept segments per frame come nearest to the
/// published table in all nine cells, and prints each trial and the best one. The measure is the largest deviation of
/// kept segments over the cells (they are the sharpest handle), hits within 3 % being asked besides: coordinate search
/// from the toolkit's 3 mm, 2 mrad, 15 mm mrad, halving steps. Returns 0 when the best spot meets 3 % and 10 %
/// everywhere, else 1.
int calibrate_beam(std::int64_t primaries, std::int64_t seed, int threads);

}  // namespace difftrack::physics
