// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "difftrack/aerosol/emulator/model.hpp"
#include "difftrack/aerosol/emulator/pools.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol {

/// Cells after an emulated step; one entry per cell.
struct EmulatedCells {
  std::array<std::vector<double>, kNewState> state;  ///< by column of the new state, in its units
  std::array<std::vector<double>, kSoluble> water;   ///< of NS KS AS CS [µg/m³]

  std::size_t size() const { return state[0].size(); }  ///< number of cells
  void resize(std::size_t n);                           ///< room for n cells
};

/// Emulates one step of 900 s of M7: a network says which share of every mass and number goes where (kPools), so that
/// species keep their mass to rounding and nothing is negative, whatever it says.
///
/// Equal to reference::emulate to 32-bit rounding of the network. Vectors of cells by Highway; cells are independent,
/// so results do not depend on threads. docs/emulator.md section 4.
class Emulate {
 public:
  /// How cells are worked on.
  struct Config {
    int threads = 0;  ///< 0: all; without effect on the result
  };
  explicit Emulate(const EmulatorModel& model) : Emulate(model, Config{}) {}
  /// Takes the weights over. Throws InputError for more than 512 hidden units.
  Emulate(const EmulatorModel& model, const Config& config);

  /// All cells one step on; salt is not looked at.
  EmulatedCells operator()(const Cells& cells) const;
  /// The same into `result`, whose room is used again.
  void operator()(const Cells& cells, EmulatedCells& result) const;

  /// What training looks at: inputs of the network before their transformation, [n, kFeatures], and what
  /// nucleates, particles and sulphate, [n, 2].
  static void features(const Cells& cells, std::vector<float>& features, std::vector<float>& nucleated,
                       int threads = 0);

 private:
  Config config_;
  std::size_t hidden_;
  std::vector<float> weights_;  // as the kernel walks through them
};

/// A table's answers as an emulator gives them.
struct EmulatedRows {
  std::vector<double> y;          ///< [n, 28], as Rows has it, in double precision
  std::vector<double> new_state;  ///< [n, 24]
};
/// Answers to rows of x, [n, 32].
EmulatedRows emulate_rows(const Emulate& emulate, const std::vector<float>& x);

}  // namespace difftrack::aerosol
