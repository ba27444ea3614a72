// SPDX-License-Identifier: Apache-2.0
#include "difftrack/aerosol/boxes/rows.hpp"

#include <algorithm>

#include "difftrack/aerosol/constants.hpp"

namespace difftrack::aerosol {

std::string output_name(std::size_t column) {
  constexpr std::array<std::string_view, kSoluble> kWater{"water_NS", "water_KS", "water_AS", "water_CS"};
  if (column >= kNewState) return std::string(kWater.at(column - kNewState));
  return "d_" + std::string(kInputNames.at(kFirstState + column));
}

void Rows::resize(std::size_t n) {
  x.resize(n * kInputs);
  y.resize(n * kOutputs);
  new_state.resize(n * kNewState);
  for (auto* column : {&regime, &kind}) column->resize(n);
  box.resize(n);
  for (auto* column : {&nucleation_rate, &new_particles, &condensation_sink}) column->resize(n);
  mode_transfer.resize(3 * n);
}

void write_inputs(const Weather& weather, const CellState& state, float* x) {
  const Air& air = weather.air;
  const std::array<double, kFirstState> first{air.pressure,       air.temperature, air.humidity,
                                              weather.ionisation, air.cloud_cover, weather.in_boundary ? 1.0 : 0.0,
                                              weather.forest,     air.production};
  for (std::size_t c = 0; c < kFirstState; ++c) x[c] = static_cast<float>(first[c]);
  for (std::size_t c = 0; c < kNewState; ++c) x[kFirstState + c] = static_cast<float>(state[kStateColumns[c]]);
  x[GasWithProduction] = static_cast<float>(state[Gas] + air.production * constants::kTimeStep);
}

void read_inputs(const float* x, Air& air, CellState& state) {
  air = {x[Pressure],  x[Temperature], x[Humidity], x[CloudCover], double{x[InBoundaryLayer]} * x[ForestFraction],
         x[Production]};
  state.fill(0.0);
  for (std::size_t c = 0; c < kNewState; ++c) state[kStateColumns[c]] = x[kFirstState + c];
  state[Gas] = std::max(0.0, x[GasWithProduction] - air.production * constants::kTimeStep);
}

Cells cells_of(const std::vector<float>& x) {
  Cells cells;
  cells.resize(x.size() / kInputs);
  Air air;
  CellState state;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    read_inputs(&x[i * kInputs], air, state);
    cells.set(i, air, state);
  }
  return cells;
}

void write_outputs(const StepResult& result, std::size_t i, Rows& rows, std::size_t row) {
  const float* x = &rows.x[row * kInputs + kFirstState];
  for (std::size_t c = 0; c < kNewState; ++c) {
    const double value = result.state[kStateColumns[c]][i];
    rows.new_state[row * kNewState + c] = static_cast<float>(value);
    rows.y[row * kOutputs + c] = static_cast<float>(value - x[c]);
  }
  for (std::size_t k = 0; k < kSoluble; ++k)
    rows.y[row * kOutputs + kNewState + k] = static_cast<float>(1e9 * result.water[k][i]);  // kg to µg
  rows.nucleation_rate[row] = static_cast<float>(result.nucleation_rate[i]);
  rows.new_particles[row] = static_cast<float>(result.new_particles[i]);
  rows.condensation_sink[row] = static_cast<float>(result.condensation_sink[i]);
  for (std::size_t k = 0; k < 3; ++k) rows.mode_transfer[3 * row + k] = static_cast<float>(result.grown[k][i]);
}

}  // namespace difftrack::aerosol
