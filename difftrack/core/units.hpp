// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The units of data: mm, MeV, rad, ns are 1. A literal in another unit is written as `5.1 * units::keV`.
namespace difftrack::units {

inline constexpr double mm = 1.0;
inline constexpr double um = 1e-3;
inline constexpr double cm = 10.0;
inline constexpr double m = 1000.0;
inline constexpr double MeV = 1.0;
inline constexpr double keV = 1e-3;
inline constexpr double eV = 1e-6;
inline constexpr double rad = 1.0;
inline constexpr double mrad = 1e-3;
inline constexpr double degree = 3.14159265358979323846 / 180.0;
inline constexpr double ns = 1.0;

}  // namespace difftrack::units
