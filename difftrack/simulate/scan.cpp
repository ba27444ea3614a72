// SPDX-License-Identifier: Apache-2.0
#include "difftrack/simulate/scan.hpp"

#include <fmt/format.h>

#include "difftrack/core/error.hpp"
#include "difftrack/core/toml_fields.hpp"

namespace difftrack::simulate {

ScanConfig read_scan(const std::string& path) {
  ScanConfig scan;
  core::read_fields(core::parse_toml_file(path), path, scan);
  const SimulationConfig& s = scan.simulation;
  if (std::int64_t{s.spots_x} * s.spots_y < 2)
    throw core::InputError({path, "spots_x", std::to_string(s.spots_x)},
                           "times spots_y is a single spot; an image needs a scan of several");
  if (!(scan.turn > 0.0)) throw core::InputError({path, "turn", "0"}, "must be above 0");
  return scan;
}

SimulationConfig view_of(const ScanConfig& scan, std::int64_t view) {
  SimulationConfig config = scan.simulation;
  config.rotation = scan.turn * static_cast<double>(view) / scan.views;
  config.primaries = scan.protons_per_spot * config.spots_x * config.spots_y;
  config.seed = scan.simulation.seed * 1'000'000 + view;  // no two scans of small seeds share a view
  return config;
}

std::string view_file(std::int64_t view) { return fmt::format("view-{:04}.npz", view); }

}  // namespace difftrack::simulate
