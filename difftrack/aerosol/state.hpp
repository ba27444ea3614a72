// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace difftrack::aerosol {

/// The log-normal modes: nucleation, Aitken, accumulation and coarse, soluble; the three larger ones, insoluble.
enum Mode : int { NS, KS, AS, CS, KI, AI, CI, kModes };
inline constexpr int kSoluble = 4;  ///< the first four modes

/// Columns of a cell's state: sulphuric acid gas and sulphate [molecules/cm³], soot, organic carbon, sea salt and dust
/// [µg/m³] in the modes that have them, and particles [1/cm³].
enum Column : int {
  Gas,
  So4Ns,
  So4Ks,
  So4As,
  So4Cs,
  BcKs,
  BcAs,
  BcCs,
  BcKi,
  OcKs,
  OcAs,
  OcCs,
  OcKi,
  SsAs,
  SsCs,
  DuAs,
  DuCs,
  DuAi,
  DuCi,
  NNs,
  NKs,
  NAs,
  NCs,
  NKi,
  NAi,
  NCi,
  kColumns
};
inline constexpr int kMasses = 18;  ///< columns So4Ns to DuCi

/// The column of the number of particles of a mode.
constexpr std::size_t number_of(std::size_t mode) { return NNs + mode; }

/// Their names in files.
inline constexpr std::array<std::string_view, kColumns> kColumnNames{
    "H2SO4_gas", "SO4_NS", "SO4_KS", "SO4_AS", "SO4_CS", "BC_KS", "BC_AS", "BC_CS", "BC_KI",
    "OC_KS",     "OC_AS",  "OC_CS",  "OC_KI",  "SS_AS",  "SS_CS", "DU_AS", "DU_CS", "DU_AI",
    "DU_CI",     "N_NS",   "N_KS",   "N_AS",   "N_CS",   "N_KI",  "N_AI",  "N_CI"};

/// The air of one cell.
struct Air {
  double pressure = 101325.0;   ///< [Pa]
  double temperature = 288.15;  ///< [K]
  double humidity = 0.5;        ///< relative, outside clouds, 0 to 1
  double cloud_cover = 0.0;     ///< 0 to 1
  double forest = 0.0;          ///< forest fraction within the boundary layer, 0 above it
  double production = 0.0;      ///< of sulphuric acid gas [molecules/(cm³ s)]
};

/// State of one cell, by Column.
using CellState = std::array<double, kColumns>;

/// Many cells: air and state as structs of arrays, one entry per cell.
struct Cells {
  std::vector<double> pressure;                     ///< [Pa]
  std::vector<double> temperature;                  ///< [K]
  std::vector<double> humidity;                     ///< relative, 0 to 1
  std::vector<double> cloud_cover;                  ///< 0 to 1
  std::vector<double> forest;                       ///< forest fraction within the boundary layer
  std::vector<double> production;                   ///< of sulphuric acid gas [molecules/(cm³ s)]
  std::array<std::vector<double>, kColumns> state;  ///< by Column, in its units

  std::size_t size() const { return pressure.size(); }

  /// `n` cells of zeros.
  void resize(std::size_t n) {
    for (auto* column : {&pressure, &temperature, &humidity, &cloud_cover, &forest, &production}) column->resize(n);
    for (auto& column : state) column.resize(n);
  }
  /// Surroundings of cell i < size().
  Air air(std::size_t i) const {
    return {pressure[i], temperature[i], humidity[i], cloud_cover[i], forest[i], production[i]};
  }
  /// Gas, masses and numbers of cell i < size(), by Column.
  CellState cell(std::size_t i) const {
    CellState cell;
    for (int c = 0; c < kColumns; ++c) cell[static_cast<std::size_t>(c)] = state[static_cast<std::size_t>(c)][i];
    return cell;
  }
  /// Makes cell i < size() the given one.
  void set(std::size_t i, const Air& air, const CellState& cell) {
    pressure[i] = air.pressure;
    temperature[i] = air.temperature;
    humidity[i] = air.humidity;
    cloud_cover[i] = air.cloud_cover;
    forest[i] = air.forest;
    production[i] = air.production;
    for (int c = 0; c < kColumns; ++c) state[static_cast<std::size_t>(c)][i] = cell[static_cast<std::size_t>(c)];
  }
};

}  // namespace difftrack::aerosol
