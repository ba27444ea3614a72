// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace difftrack::simulate {

inline constexpr std::int64_t kReferencePrimaries = 4000;

/// The numbers of a small fixed sample that the tests compare with the stored reference (tests/simulate/
/// physics_reference.json), so that no change of the physics goes unnoticed: name and value.
std::vector<std::pair<std::string, double>> reference_numbers();

}  // namespace difftrack::simulate
