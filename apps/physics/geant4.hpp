// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/simulate/acceptance.hpp"
#include "difftrack/simulate/config.hpp"
#include "difftrack/simulate/geant4_comparison.hpp"

namespace difftrack::physics {

/// Repeats Geant4's run behind 100, 150 and 200 mm of water and compares; primaries, seed, threads and scattering are
/// those of `asked`.
std::vector<simulate::Comparison> compare_geant4(const simulate::SimulationConfig& asked);

/// As entries of the acceptance list; those that are known to lie outside are not among them.
std::vector<simulate::Check> check_geant4(const std::vector<simulate::Comparison>& comparisons);

/// A table for people: one line a quantity, those outside marked; `outside_only` leaves the others out.
std::string comparison_table(const std::vector<simulate::Comparison>& comparisons, bool outside_only);

}  // namespace difftrack::physics
