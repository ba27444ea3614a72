// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <limits>
#include <numbers>

/// Numbers of the model, in its own units: cm, g, s, molecules.
namespace difftrack::aerosol::constants {

inline constexpr double kAvogadro = 6.02214e23;      ///< [1/mol]
inline constexpr double kBoltzmann = 1.38e-16;       ///< [erg/K]
inline constexpr double kGas = 8.314e7;              ///< [erg/(mol K)]
inline constexpr double kTimeStep = 900.0;           ///< [s]
inline constexpr double kAcid = 98.0734;             ///< molar mass of sulphuric acid [g/mol]
inline constexpr double kSulphateInWater = 96.0631;  ///< molar mass of sulphate where volumes take up water [g/mol]

inline constexpr double kSulphateDensity = 1.841, kSootDensity = 2.0, kOrganicDensity = 2.0;  ///< [g/cm³]
inline constexpr double kSaltDensity = 2.165, kDustDensity = 2.65;                            ///< [g/cm³]
inline constexpr double kSulphateKappa = 0.60, kOrganicKappa = 0.06, kSaltKappa = 1.12;  ///< hygroscopicity; others 0

/// ln of the width of each mode, NS KS AS CS KI AI CI: ln 1.59 and, of the coarse ones, ln 2.
inline constexpr double kLogNarrow = 0.4637340162321402, kLogWide = 0.6931471805599453;
inline constexpr std::array<double, 7> kLogWidth{kLogNarrow, kLogNarrow, kLogNarrow, kLogWide,
                                                 kLogNarrow, kLogNarrow, kLogWide};
/// exp(1.5 L²), exp(L²): radii of average mass and of average surface over the count median radius.
inline constexpr double kMassNarrow = 1.3806768593529442, kMassWide = 2.0558297153248497;
inline constexpr double kSurfaceNarrow = 1.2399229465545132, kSurfaceWide = 1.6168066722416745;
inline constexpr std::array<double, 7> kOverMass{kMassNarrow, kMassNarrow, kMassNarrow, kMassWide,
                                                 kMassNarrow, kMassNarrow, kMassWide};
inline constexpr std::array<double, 7> kOverSurface{kSurfaceNarrow, kSurfaceNarrow, kSurfaceNarrow, kSurfaceWide,
                                                    kSurfaceNarrow, kSurfaceNarrow, kSurfaceWide};
/// Lower limits of the dry radius of NS KS AS CS [cm]: what grows beyond the next one moves there.
inline constexpr std::array<double, 4> kLowerRadius{5e-8, 5e-7, 5e-6, 5e-5};

inline constexpr double kFewParticles = 1e-4;  ///< a mode with fewer has no mass per particle [1/cm³]
inline constexpr double kFewToAge = 1e-5;      ///< fewer insoluble ones are not aged [1/cm³]
inline constexpr double kNoParticles = 1e-10;  ///< a mode with fewer is left alone [1/cm³]
inline constexpr double kTiny = 2.2e-16;       ///< below it a radius, rate or limit counts as none
inline constexpr double kTinyRate = 1e-15;     ///< below it a coagulation rate counts as none
inline constexpr double kSolubleSticking = 1.0, kInsolubleSticking = 0.3;  ///< share of the gas that sticks
inline constexpr double kLeastSink = 1e-10;                                ///< below it nothing condenses [1/s]
inline constexpr double kActivation = 1e-6;        ///< rate of activation nucleation over the gas, in a forest [1/s]
inline constexpr double kLeastMass = 1e-23;        ///< a mass below it, or a volume [cm³], counts as none
inline constexpr double kLeastWetRadius = 1e-8;    ///< smaller dry particles take up no water [cm]
inline constexpr double kLeastAttracting = 5e-22;  ///< volume that attracts water, below which none does [cm³]
/// Molecules in a sphere of the smallest dry radius: what an empty nucleation mode is taken to have per particle.
inline constexpr double kSmallestParticle = kLowerRadius[0] * kLowerRadius[0] * kLowerRadius[0] * std::numbers::pi *
                                            kAvogadro * kSulphateDensity / kAcid / 0.75;
/// What the model adds to the mean radius of two modes that coagulate, so that it is never 0: 2e-8 of the kernel of the
/// smallest particles [cm].
inline constexpr double kRadiusGuard = std::numeric_limits<double>::epsilon();
inline constexpr double kMonolayer = 2.39e-15;  ///< area of a molecule of a sulphate coating [cm²]

}  // namespace difftrack::aerosol::constants
