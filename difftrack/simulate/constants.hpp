// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Constants of nature in MeV and mm (CODATA 2018), and the limits of the transport.
namespace difftrack::simulate {

inline constexpr double kProtonMass = 938.27209;     ///< [MeV]
inline constexpr double kElectronMass = 0.51099895;  ///< [MeV]
inline constexpr double kAmu = 931.49410;            ///< [MeV]
inline constexpr double kAvogadro = 6.02214076e23;   ///< [1/mol]
inline constexpr double kBetheConstant = 0.307075;   ///< K = 4 pi N_A r_e^2 m_e c^2 [MeV cm2/mol]

inline constexpr double kMaxEnergy = 330.0;  ///< [MeV] per nucleon-equivalent, the tables' upper end with room to spare
inline constexpr double kMinEnergy = 1.0;    ///< [MeV] lowest beam energy accepted
inline constexpr double kStopEnergy = 0.3;   ///< [MeV] a proton below (range 4 um of water) is stopped where it is

}  // namespace difftrack::simulate
