// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace difftrack::network {

inline constexpr std::size_t kEncodingFrequencies = 64;  ///< of the published encoding

/// Frequencies w_i of the encoding sin, cos(√θ·w_i), i = 0 … n − 1, [1/√rad]: scale^(-i/n), rounded as the published
/// code has them, exp(2i·(-ln scale / 2n)) in float32. The rounding matters: at √θ = 0.5 one unit in the last place of
/// the published highest one, 897, turns the phase by 3e-5 rad, and trained logits move by 3e-4 without it.
std::vector<double> encoding_frequencies(std::size_t n, double scale);

/// The published ones, n = 64 and scale = 0.001, computed once.
const std::array<double, kEncodingFrequencies>& encoding_frequencies();

}  // namespace difftrack::network
