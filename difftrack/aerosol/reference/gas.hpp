// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/aerosol/reference/step_trace.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol::reference {

/// The gas of a step, part of which condenses on the particles: the sink of each mode by Fuchs' formula for the wet
/// count median radius, the gas by the exact solution with production and sink. In the cloudy part of the cell all of
/// it goes to the first mode that there is, of CS AS KS NS CI AI KI.
Condensation condense(const Air& air, const CellState& state, const Properties& properties);

/// Binary nucleation of sulphuric acid and water: rate and size of the critical cluster, Vehkamäki et al. 2002.
struct BinaryNucleation {
  double rate = 0.0;       ///< [1/(cm³ s)]
  double molecules = 0.0;  ///< of acid in a cluster; 0 where the rate is
};
/// At a temperature [K] and relative humidity, with gas [molecules/cm³].
BinaryNucleation binary_nucleation(double temperature, double humidity, double gas);

/// New particles of the gas that is left, in the part of the cell without clouds.
Nucleation nucleate(const Air& air, const Condensation& condensation);

}  // namespace difftrack::aerosol::reference
