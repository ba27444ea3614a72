// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/aerosol/boxes/box.hpp"
#include "difftrack/aerosol/m7.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol {

inline constexpr std::size_t kInputs = 32;    ///< columns of x
inline constexpr std::size_t kOutputs = 28;   ///< columns of y
inline constexpr std::size_t kNewState = 24;  ///< the first columns of y, and x from kFirstState on
inline constexpr std::size_t kFirstState = 8;

/// Columns of x before the state.
enum Input : std::size_t {
  Pressure,
  Temperature,
  Humidity,
  Ionisation,
  CloudCover,
  InBoundaryLayer,
  ForestFraction,
  Production,
  GasWithProduction  ///< gas at the start plus production times 900 s: the first column of the state
};

/// Names of the columns of x. The state is that of Column without sea salt, of which the data have none.
inline constexpr std::array<std::string_view, kInputs> kInputNames{"pressure",
                                                                   "temperature",
                                                                   "relative_humidity",
                                                                   "ionisation_rate",
                                                                   "cloud_cover",
                                                                   "in_boundary_layer",
                                                                   "forest_fraction",
                                                                   "h2so4_production",
                                                                   "H2SO4_gas",
                                                                   "SO4_NS",
                                                                   "SO4_KS",
                                                                   "SO4_AS",
                                                                   "SO4_CS",
                                                                   "BC_KS",
                                                                   "BC_AS",
                                                                   "BC_CS",
                                                                   "BC_KI",
                                                                   "OC_KS",
                                                                   "OC_AS",
                                                                   "OC_CS",
                                                                   "OC_KI",
                                                                   "DU_AS",
                                                                   "DU_CS",
                                                                   "DU_AI",
                                                                   "DU_CI",
                                                                   "N_NS",
                                                                   "N_KS",
                                                                   "N_AS",
                                                                   "N_CS",
                                                                   "N_KI",
                                                                   "N_AI",
                                                                   "N_CI"};
/// Their units.
inline constexpr std::array<std::string_view, kInputs> kInputUnits{"Pa",
                                                                   "K",
                                                                   "1",
                                                                   "1/(cm3 s)",
                                                                   "1",
                                                                   "1",
                                                                   "1",
                                                                   "molecules/(cm3 s)",
                                                                   "molecules/cm3",
                                                                   "molecules/cm3",
                                                                   "molecules/cm3",
                                                                   "molecules/cm3",
                                                                   "molecules/cm3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "ug/m3",
                                                                   "1/cm3",
                                                                   "1/cm3",
                                                                   "1/cm3",
                                                                   "1/cm3",
                                                                   "1/cm3",
                                                                   "1/cm3",
                                                                   "1/cm3"};

/// The column of Cells::state of each column of the state in x.
inline constexpr std::array<Column, kNewState> kStateColumns{Gas,  So4Ns, So4Ks, So4As, So4Cs, BcKs, BcAs, BcCs,
                                                             BcKi, OcKs,  OcAs,  OcCs,  OcKi,  DuAs, DuCs, DuAi,
                                                             DuCi, NNs,   NKs,   NAs,   NCs,   NKi,  NAi,  NCi};

/// "d_" and the name of a state, and after those "water_NS" to "water_CS".
std::string output_name(std::size_t column);

/// Steps of M7 as a table to learn from, row after row.
struct Rows {
  std::vector<float> x;                  ///< [n, 32], by Input and kInputNames
  std::vector<float> y;                  ///< [n, 28]: new minus old state; water of NS KS AS CS [µg/m³]
  std::vector<float> new_state;          ///< [n, 24]: x + y loses it where a mode empties
  std::vector<std::uint8_t> regime;      ///< [n], by Regime
  std::vector<std::uint8_t> kind;        ///< [n], 1: the row is disturbed, no state that its box came to
  std::vector<std::int32_t> box;         ///< [n]
  std::vector<float> nucleation_rate;    ///< [n] [1/(cm³ s)]
  std::vector<float> new_particles;      ///< [n] [1/cm³]
  std::vector<float> condensation_sink;  ///< [n] [1/s]
  std::vector<float> mode_transfer;      ///< [n, 3], particles that grew NS → KS → AS → CS [1/cm³]

  std::size_t size() const { return regime.size(); }  ///< n
  void resize(std::size_t n);                         ///< n rows, new ones of zeros
};

/// Writes air and state into a row of x, as float; the gas with what will be produced in the step.
void write_inputs(const Weather& weather, const CellState& state, float* x);
/// The cell that a row of x is: 64-bit arithmetic of its 32-bit numbers, no gas below 0.
void read_inputs(const float* x, Air& air, CellState& state);
/// The cells of rows of x, [n, 32].
Cells cells_of(const std::vector<float>& x);

/// Writes cell `i` of a step's result as row `row`, whose x is there already.
void write_outputs(const StepResult& result, std::size_t i, Rows& rows, std::size_t row);

}  // namespace difftrack::aerosol
