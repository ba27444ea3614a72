// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol {

/// What the network is told of a cell, in this order: 7 numbers of the air, gas with production, sink, what of the gas
/// is left and nucleates (4), then by mode numbers (7), wet radii (7), dry radii (4), shares of the sink (7), dry radii
/// once gas has condensed (3), what would outgrow its mode then, of particles and mass (6), and volume shares of
/// species (9). Amounts as logarithms, so that what is a product of
/// powers in the model is a sum here.
inline constexpr std::size_t kFeatures = 55;

/// Which of them are logarithms of what is computed; dry radii are computed as logarithms.
inline constexpr std::array<bool, kFeatures> kLogarithms = [] {
  std::array<bool, kFeatures> result{};
  for (const auto& [first, last] :
       std::array<std::array<std::size_t, 2>, 5>{{{1, 2}, {4, 5}, {6, 26}, {30, 37}, {40, 46}}})
    for (std::size_t f = first; f < last; ++f) result[f] = true;
  return result;
}();

/// Inputs of the network, and the particles that nucleate, with their sulphate, which its shares are of.
struct Features {
  std::array<double, kFeatures> values{};
  double new_particles = 0.0;  ///< [1/cm³] in the step
  double new_sulphate = 0.0;   ///< in them [molecules/cm³]
};

/// Smallest amounts that are told from nothing.
namespace least {
inline constexpr double kClear = 1e-3;      ///< share of the cell without clouds
inline constexpr double kGas = 1.0;         ///< [molecules/cm³], produced ones too [molecules/(cm³ s)]
inline constexpr double kSink = 1e-8;       ///< [1/s]
inline constexpr double kNew = 1e-6;        ///< nucleated particles [1/cm³]
inline constexpr double kParticles = 1e-4;  ///< [1/cm³]
inline constexpr double kRadius = 1e-8;     ///< [cm]
inline constexpr double kShare = 1e-6;      ///< of the sink
inline constexpr double kOutgrown = 1e-3;   ///< share of a mode
}  // namespace least

namespace reference {
/// Of one cell, plainly.
Features features(const Air& air, const CellState& state);
}  // namespace reference

}  // namespace difftrack::aerosol
