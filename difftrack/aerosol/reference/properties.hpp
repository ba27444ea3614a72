// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/aerosol/reference/step_trace.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol::reference {

/// Mass per particle, radii, density and water of the modes.
///
/// Each mode is as large as particles of its mean mass; a soluble one has the water of κ-Köhler theory, at the nearest
/// point of kGrowthGrid. `before` are the values of the same step that an empty insoluble mode keeps.
Properties properties(const Air& air, const CellState& state, const Properties& before);

}  // namespace difftrack::aerosol::reference
