// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/aerosol/reference/step_trace.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol::reference {

/// Particles that have outgrown their mode move to the next one, NS → KS → AS → CS, with their share of each species.
CellState transfer_grown(const CellState& state, const Properties& properties);

/// One step of 900 s of one cell, plainly and with every quantity on the way: what the fast M7 is compared with.
///
/// M7 of Vignati, Wilson and Stier, J. Geophys. Res. 109 (2004) D22202, with the water of κ-Köhler theory and the
/// nucleation of Vehkamäki et al. 2002 and by activation; docs/emulator.md section 1 has its parts.
StepTrace m7_step(const Air& air, const CellState& state);

}  // namespace difftrack::aerosol::reference
