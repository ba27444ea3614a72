// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Constants of nature in MeV and mm (CODATA 2018).
namespace difftrack::matter {

inline constexpr double kProtonMass = 938.27209;     ///< [MeV]
inline constexpr double kElectronMass = 0.51099895;  ///< [MeV]
inline constexpr double kAmu = 931.49410;            ///< [MeV]
inline constexpr double kAvogadro = 6.02214076e23;   ///< [1/mol]
inline constexpr double kBetheConstant = 0.307075;   ///< K = 4 pi N_A r_e^2 m_e c^2 [MeV cm2/mol]

}  // namespace difftrack::matter
