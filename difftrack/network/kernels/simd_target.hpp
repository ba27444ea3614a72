// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace difftrack::network::kernels {

/// The instruction set that the kernels use on this machine, chosen when they first run: "AVX2", "AVX3", "NEON", ….
std::string simd_target();

}  // namespace difftrack::network::kernels
