// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "difftrack/aerosol/state.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::problems {

/// How cells of a case differ from ordinary air.
struct AerosolKind {
  const char* name;
  double empty = 0.1;       ///< share of empty modes
  double cloud_cover = -1;  ///< of all cells; -1: any, a tenth of them overcast
  double gas = 1e7;         ///< median [molecules/cm³]; much of it nucleates
  double humidity_low = 0.05, humidity_high = 1.0;
  double cold = 200.0, warm = 315.0;  ///< [K]
  double spread = 2.0;                ///< sigma of ln of numbers and masses
};

/// Cells of the lower and upper air, polluted and clean, with empty modes: a pure function of kind and seed.
inline aerosol::Cells aerosol_cells(std::size_t n, const AerosolKind& kind, std::uint64_t seed) {
  using namespace aerosol;
  // Medians: SO4 [molecules], soot, organic, salt and dust [µg/m³] of the columns, and particles.
  constexpr std::array<double, kColumns> kMedian{0,    3e6,  1e9, 2e10, 2e9,  2e-3, 0.1, 1e-2, 2e-3,
                                                 1e-2, 0.5,  0.1, 1e-2, 0.05, 0.5,  0.1, 1.0,  0.05,
                                                 0.5,  1000, 500, 300,  0.5,  20,   0.2, 0.05};
  constexpr std::array<int, kMasses> kModeOf{NS, KS, AS, CS, KS, AS, CS, KI, KS, AS, CS, KI, AS, CS, AS, CS, AI, CI};
  Cells cells;
  cells.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    core::RandomStream random(seed, i);
    const auto between = [&](double low, double high) { return low + (high - low) * random.uniform(); };
    Air air;
    air.pressure = between(1e4, 1.05e5);
    air.temperature = between(kind.cold, kind.warm);
    air.humidity = between(kind.humidity_low, kind.humidity_high);
    air.cloud_cover = kind.cloud_cover >= 0 ? kind.cloud_cover : random.uniform() < 0.1 ? 1.0 : random.uniform();
    air.forest = random.uniform() < 0.5 ? 0.0 : random.uniform();
    air.production = 2e4 * std::exp(kind.spread * random.normal());
    std::array<bool, kModes> empty{};
    for (bool& each : empty) each = random.uniform() < kind.empty;
    CellState state{};
    state[Gas] = kind.gas * std::exp(kind.spread * random.normal());
    for (std::size_t c = 1; c < kColumns; ++c) {
      const auto mode = static_cast<std::size_t>(c < NNs ? kModeOf[c - 1] : static_cast<int>(c) - NNs);
      const double value = kMedian[c] * std::exp(kind.spread * random.normal());
      if (!empty[mode]) state[c] = value;
    }
    cells.set(i, air, state);
  }
  return cells;
}

}  // namespace difftrack::problems
