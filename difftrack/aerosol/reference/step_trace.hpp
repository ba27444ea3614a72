// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol::reference {

/// What the modes of a cell are made of at one moment.
struct Properties {
  std::array<double, kMasses> per_particle{};  ///< by Column - So4Ns: sulphate [molecules], others [g]
  std::array<double, kSoluble> dry_radius{};   ///< count median [cm]
  std::array<double, kModes> radius{};         ///< count median with water [cm]
  std::array<double, kModes> density{};        ///< with water [g/cm³]
  std::array<double, kSoluble> water{};        ///< [kg/m³]
};

/// Sulphuric acid gas on its way to particles.
struct Condensation {
  std::array<double, kModes> sink{};        ///< rate of each mode [1/s]
  double total_sink = 0.0;                  ///< [1/s]
  double gas = 0.0;                         ///< left [molecules/cm³]
  std::array<double, kSoluble> sulphate{};  ///< of NS KS AS CS [molecules/cm³]
  std::array<double, 3> on_insoluble{};     ///< on KI AI CI, until they are aged [molecules/cm³]
};

/// New particles.
struct Nucleation {
  double binary = 0.0;      ///< rate of Vehkamäki et al. [1/(cm³ s)]
  double molecules = 0.0;   ///< of acid in their critical cluster; 0 where they make none
  double activation = 0.0;  ///< rate in the boundary layer over forests [1/(cm³ s)]
  double particles = 0.0;   ///< [1/cm³], in a step
  double sulphate = 0.0;    ///< in them [molecules/cm³]
  double gas = 0.0;         ///< left [molecules/cm³]
};

/// All quantities of one step in the order in which they are made.
struct StepTrace {
  Properties before;
  Condensation condensation;
  Nucleation nucleation;
  std::array<double, 16> kernel{};  ///< by kPairs [cm³/s]
  CellState coagulated{};           ///< after coagulation and ageing
  Properties aged;                  ///< of it
  CellState moved{};                ///< after growth transfer: the state at the end
  Properties after;                 ///< of it
};

/// Pairs of modes that coagulate.
inline constexpr std::array<std::array<Mode, 2>, 16> kPairs{{{NS, NS},
                                                             {NS, KS},
                                                             {NS, AS},
                                                             {NS, CS},
                                                             {NS, KI},
                                                             {NS, AI},
                                                             {NS, CI},
                                                             {KS, KS},
                                                             {KS, AS},
                                                             {KS, CS},
                                                             {KS, KI},
                                                             {KS, AI},
                                                             {KS, CI},
                                                             {AS, AS},
                                                             {AS, KI},
                                                             {KI, KI}}};

}  // namespace difftrack::aerosol::reference
