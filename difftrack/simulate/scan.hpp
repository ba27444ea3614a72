// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "difftrack/core/fields.hpp"
#include "difftrack/simulate/config.hpp"

namespace difftrack::simulate {

/// A scan: the same phantom and spots at many rotations, one simulation a view. Its TOML has these keys, and those of a
/// simulation but for what a scan decides: primaries, rotation and seed of a view.
struct ScanConfig {
  std::int32_t views = 180;
  double turn = 360.0 * units::degree;  ///< [rad] that the views share evenly
  std::int64_t protons_per_spot = 700;
  SimulationConfig simulation;

  static constexpr auto fields() {
    using C = ScanConfig;
    using core::field;
    return std::tuple{
        field("views", &C::views, "", {1, 100000}, "Number of rotations, spread evenly over the turn."),
        field("turn", &C::turn, "rad", {0.0, 360 * units::degree}, "Angle that the views share.").usually_in("deg"),
        field("protons_per_spot", &C::protons_per_spot, "", {1, 1e9}, "Beam protons of each spot in each view."),
        core::part(&C::simulation, {"detector",      "phantom",      "seed",       "threads",    "energy",
                                    "energy_spread", "sigma",        "divergence", "emittance",  "convergent",
                                    "source_z",      "spots_x",      "spots_y",    "spot_pitch", "steering_distance",
                                    "phantom_z",     "phantom_step", "step_share", "step_shift", "hu_table",
                                    "scattering",    "straggling",   "nuclear",    "electrons",  "electron_cut"})};
  }
};

/// Reads a described scan. Throws InputError (file, key, value), also for a scan of a single spot: an image needs the
/// columns of a spot scan.
ScanConfig read_scan(const std::string& path);

/// The simulation of one view, from 0: its rotation, its primaries, and a seed of its own.
SimulationConfig view_of(const ScanConfig& scan, std::int64_t view);

/// "view-0007.npz": the file of steps of a view.
std::string view_file(std::int64_t view);

}  // namespace difftrack::simulate
