// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/aerosol/boxes/box.hpp"
#include "difftrack/aerosol/emulator/emulate.hpp"
#include "difftrack/core/fields.hpp"
#include "difftrack/core/progress.hpp"

namespace difftrack::aerosol {

/// Boxes that are sent through M7 and an emulator side by side.
struct RollOutConfig {
  std::int32_t boxes = 1000;
  std::int32_t steps = 96;
  std::int32_t spin_up = 40;
  std::int64_t seed = 3;
  Regime regime = Regime::All;
  std::int32_t threads = 0;

  static constexpr auto fields() {
    using C = RollOutConfig;
    using core::field;
    return std::tuple{
        field("boxes", &C::boxes, "", {1, 1e6}, "Number of boxes."),
        field("steps", &C::steps, "", {1, 100000}, "Number of steps of 900 s that the emulator takes on its own."),
        field("spin_up", &C::spin_up, "", {0, 100000}, "Number of steps of M7 before."),
        field("seed", &C::seed, "", {0, 9e18}, "Seed of the boxes."),
        field("regime", &C::regime, "", "Kind of air of all boxes."),
        field("threads", &C::threads, "", {0, 1024}, "Number of threads, without effect on the result; 0: all cores.")};
  }
};

/// How far a mode is from M7's at the end, over boxes where M7 has particles in it; less than 1e-4 particles per cm³
/// count as so many.
struct ModeDrift {
  std::size_t boxes = 0;                          ///< with more than 1e-4 particles per cm³
  double number_drift = 0.0, number_error = 0.0;  ///< mean of ln(emulated / M7), root of its mean square
  double mass_drift = 0.0, mass_error = 0.0;      ///< the same of the mass [g]
};

/// What became of the boxes.
struct RollOut {
  std::array<ModeDrift, kModes> drift;
  std::size_t run_away =
      0;  ///< boxes in which a mode's number or mass once was no number or over ten times M7's largest
  /// Particles [1/cm³] of the first box after each step: of M7, of the emulator; by mode.
  std::vector<std::array<double, kModes>> first_m7, first_emulated;
};

/// Sends boxes through M7, then on through M7 and through the emulator, with the same weather, sources and rain.
RollOut roll_out(const EmulatorModel& model, const RollOutConfig& config, const core::ProgressCallback& progress = {});

/// As a table to read.
std::string roll_out_table(const RollOut& result, const RollOutConfig& config);

/// The first box as CSV: step, then particles [1/cm³] of each mode by M7 and by the emulator.
std::string roll_out_csv(const RollOut& result);

}  // namespace difftrack::aerosol
