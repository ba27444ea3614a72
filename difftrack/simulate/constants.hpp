// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/matter/constants.hpp"

/// The limits of the transport.
namespace difftrack::simulate {

inline constexpr double kMaxEnergy = 330.0;  ///< [MeV] per nucleon-equivalent, the tables' upper end with room to spare
inline constexpr double kMinEnergy = 1.0;    ///< [MeV] lowest beam energy accepted
inline constexpr double kStopEnergy = 0.3;   ///< [MeV] a proton below (range 4 um of water) is stopped where it is

}  // namespace difftrack::simulate
