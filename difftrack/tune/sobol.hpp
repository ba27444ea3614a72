// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace difftrack::tune {

/// Dimensions in which sobol_point() is a Sobol sequence.
inline constexpr std::size_t kSobolDimensions = 24;

/// Point `index` of a Sobol sequence in the unit cube (each coordinate in (0, 1)), shifted digit by digit with random
/// bits of `seed`: any 2^m points that follow each other from a multiple of 2^m fill the cube evenly, whatever the
/// seed. The direction numbers are those of Joe and Kuo, SIAM J. Sci. Comput. 30 (2008) 2635. Coordinates beyond
/// kSobolDimensions are plain random numbers.
std::vector<double> sobol_point(std::uint32_t index, std::size_t dimensions, std::uint64_t seed);

}  // namespace difftrack::tune
