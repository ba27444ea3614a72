// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace difftrack::network {

inline constexpr std::size_t kEncodingFrequencies = 64;

/// Frequencies w_i of the encoding sin, cos(√θ·w_i), i = 0 … 63, [1/√rad]: 0.001^(-2i/128), rounded as the published
/// code has them, exp(2i·(-ln 0.001 / 128)) in float32. The rounding matters: at √θ = 0.5 one unit in the last place of
/// the highest one, 897, turns the phase by 3e-5 rad, and trained logits move by 3e-4 without it.
const std::array<double, kEncodingFrequencies>& encoding_frequencies();

}  // namespace difftrack::network
