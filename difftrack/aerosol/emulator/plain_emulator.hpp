// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "difftrack/aerosol/emulator/model.hpp"
#include "difftrack/aerosol/emulator/pools.hpp"

namespace difftrack::aerosol::reference {

/// A cell after an emulated step.
struct Emulated {
  std::array<double, kNewState> state{};  ///< by column of the new state, in its units
  std::array<double, kSoluble> water{};   ///< of NS KS AS CS [µg/m³]
};

/// Outputs of the network, in 32 bits but for sums.
std::array<float, kNetworkOutputs> network_outputs(const EmulatorModel& model, const Features& features);

/// What the head makes of them: `before` by column of the new state, gas with production
/// but for what nucleates, then what nucleates.
Emulated apply_pools(const std::array<float, kNetworkOutputs>& outputs, const std::array<double, kPoolColumns>& before);

/// One cell one step on by an emulator, plainly.
Emulated emulate(const EmulatorModel& model, const Air& air, const CellState& state);

}  // namespace difftrack::aerosol::reference
