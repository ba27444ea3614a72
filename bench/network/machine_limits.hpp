// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace difftrack::bench {

constexpr int kVectorsPerStep = 16 * 12;

/// `steps` times kVectorsPerStep multiply-adds of one vector each, from registers or with one operand broadcast from
/// L1, as the kernels use it; returns the floats in a vector. `x` holds 256 floats, `out` takes 16.
int multiply_adds(const float* x, std::int64_t steps, bool broadcast, float* out);

/// Sums of the 64 floats that begin at each of `places`, as the angle table is read; `out` takes 16.
void read_rows(const float* table, std::span<const std::uint32_t> places, float* out);

}  // namespace difftrack::bench
