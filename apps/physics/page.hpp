// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/physics/cells.hpp"
#include "difftrack/event/steps.hpp"
#include "difftrack/simulate/acceptance.hpp"
#include "difftrack/simulate/geant4_comparison.hpp"

namespace difftrack::physics {

/// Everything the page shows.
struct Results {
  std::vector<simulate::Check> checks;
  std::vector<simulate::WaterPoint> water;
  simulate::SampleStatistics gate;  ///< our repetition of the GATE run
  event::Steps gate_steps;          ///< its steps, for spectra
  std::vector<Cell> cells;
  std::vector<simulate::Comparison> geant4;
  double per_second = 0.0;  ///< primaries per second and core, 100 mm water and the whole DTC
};

/// The page: one table, and plots with GATE's points drawn over our lines. Self-contained HTML.
std::string html_page(const Results& results);

/// The comparison with Geant4 and GATE as one picture for docs/physics.md: our lines, their points. SVG.
std::string picture(const Results& results);

/// [{"name", "value", "low", "high", "pass", "source"}, …]
std::string json_list(const std::vector<simulate::Check>& checks);

}  // namespace difftrack::physics
