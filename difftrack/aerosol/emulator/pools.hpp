// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "difftrack/aerosol/boxes/rows.hpp"
#include "difftrack/aerosol/constants.hpp"
#include "difftrack/aerosol/species.hpp"

namespace difftrack::aerosol {

/// What of a conserved quantity may go where. A network's numbers l_j of a pool become shares
///   share_j = exp l_j / (1 + Σ exp l),
/// the rest stays. Whatever the network says, nothing is made or lost and nothing gets negative: a row-stochastic
/// matrix with zeros where no transfer is allowed, the soft relative of an assignment.
struct Pool {
  static constexpr std::size_t kMost = 4;  ///< targets
  std::size_t source = 0;                  ///< column that it is taken from
  std::size_t first = 0;                   ///< the network's output for the first target
  std::size_t targets = 0;                 ///< how many of `to`
  std::array<int, kMost> to;               ///< columns, -1: it leaves the table (particles that merge)
  int rest = 0;                            ///< column that the rest stays in: the source, -1: it leaves, too
};

/// Columns of the pools of a cell: the new state's, then particles that nucleate in the step and sulphate in them,
/// which is taken from the gas before.
inline constexpr std::size_t kNewParticles = kNewState, kNewSulphate = kNewState + 1, kPoolColumns = kNewState + 2;
/// Outputs of the network: those of the pools, then ln of water over dry volume of NS KS AS CS.
inline constexpr std::size_t kPoolOutputs = 34, kNetworkOutputs = kPoolOutputs + kSoluble;

/// The transfers that M7 allows. Soot and organic carbon of a mode move with its particles, so they have their shares
/// in common, and so has the dust of the accumulation mode.
inline constexpr std::array<Pool, 21> kPools{{
    {0, 0, 4, {1, 2, 3, 4}, 0},         // gas to sulphate NS KS AS CS
    {1, 4, 3, {2, 3, 4, -1}, 1},        // sulphate NS
    {2, 7, 2, {3, 4, -1, -1}, 2},       // KS
    {3, 9, 1, {4, -1, -1, -1}, 3},      // AS
    {5, 10, 2, {6, 7, -1, -1}, 5},      // soot KS
    {6, 12, 1, {7, -1, -1, -1}, 6},     // AS
    {8, 13, 3, {5, 6, 7, -1}, 8},       // KI
    {9, 10, 2, {10, 11, -1, -1}, 9},    // organic carbon KS
    {10, 12, 1, {11, -1, -1, -1}, 10},  // AS
    {12, 13, 3, {9, 10, 11, -1}, 12},   // KI
    {13, 12, 1, {14, -1, -1, -1}, 13},  // dust AS
    {15, 16, 2, {13, 14, -1, -1}, 15},  // AI
    {16, 18, 1, {14, -1, -1, -1}, 16},  // CI
    {17, 19, 2, {18, -1, -1, -1}, 17},  // particles NS: grown, merged
    {18, 21, 2, {19, -1, -1, -1}, 18},  // KS
    {19, 23, 2, {20, -1, -1, -1}, 19},  // AS
    {21, 25, 2, {18, -1, -1, -1}, 21},  // KI: aged, merged
    {22, 27, 1, {19, -1, -1, -1}, 22},  // AI
    {23, 28, 1, {20, -1, -1, -1}, 23},  // CI
    {24, 29, 2, {17, 18, -1, -1}, -1},  // new ones: left, grown
    {25, 31, 3, {2, 3, 4, -1}, 1},      // sulphate in new ones
}};

/// Outputs beyond it count as it, so that their exponentials stay numbers.
inline constexpr float kSteepest = 40.0F;

/// Volume that a unit of a mass column of the new state has in the water of its mode [µg/m³ over g/cm³].
struct WetVolume {
  int mode = -1;        ///< soluble mode; -1: gas, particles and what is in insoluble modes
  double volume = 0.0;  ///< per unit of the column
};
/// By column of the new state.
inline constexpr std::array<WetVolume, kNewState> kWetVolumes = [] {
  std::array<WetVolume, kNewState> result;
  for (std::size_t c = 0; c < kNewState; ++c) {
    if (kStateColumns[c] < So4Ns || kStateColumns[c] > DuCi) continue;
    const MassColumn& column = kMassColumns[static_cast<std::size_t>(kStateColumns[c] - So4Ns)];
    if (column.mode >= kSoluble) continue;
    const double micrograms = column.sulphate ? constants::kSulphateInWater / constants::kAvogadro * 1e12 : 1.0;
    result[c] = {column.mode, micrograms / column.density};
  }
  return result;
}();

}  // namespace difftrack::aerosol
