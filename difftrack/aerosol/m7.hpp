// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol {

/// What a step makes of cells; one entry per cell.
struct StepResult {
  std::array<std::vector<double>, kColumns> state;  ///< at the end, by Column, in its units
  std::array<std::vector<double>, kSoluble> water;  ///< of NS KS AS CS [kg/m³]
  std::vector<double> nucleation_rate;              ///< binary and by activation [1/(cm³ s)]
  std::vector<double> new_particles;                ///< in the step [1/cm³]
  std::vector<double> condensation_sink;            ///< [1/s]
  std::array<std::vector<double>, 3> grown;         ///< particles that moved NS → KS → AS → CS [1/cm³]

  std::size_t size() const { return nucleation_rate.size(); }
  /// Room for `n` cells.
  void resize(std::size_t n);
};

/// One step of 900 s of the aerosol microphysics M7 (Vignati, Wilson and Stier, J. Geophys. Res. 109 (2004) D22202):
/// gas condenses and nucleates, particles coagulate, are coated, and grow into the next mode.
///
/// Soot, organic carbon, salt, dust and sulphur (gas, sulphate and what is produced) are conserved to rounding, and
/// nothing becomes negative. Equal to reference::m7_step to 1e-9; vectors of cells by Highway, half a microsecond
/// per cell. Cells are independent: results do not depend on threads. docs/emulator.md section 1.
class M7 {
 public:
  /// How cells are worked on.
  struct Config {
    int threads = 0;  ///< 0: all; without effect on the result
  };
  M7() : M7(Config{}) {}
  explicit M7(const Config& config) : config_(config) {}

  /// All cells one step on.
  StepResult operator()(const Cells& cells) const;
  /// The same into `result`, whose room is used again.
  void operator()(const Cells& cells, StepResult& result) const;

 private:
  Config config_;
};

}  // namespace difftrack::aerosol
