// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/simulate/sample_statistics.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::simulate {

/// One number the simulation must meet.
struct Check {
  std::string name;
  double value = 0.0;            ///< in the unit that the name gives
  double low = 0.0, high = 0.0;  ///< the limits, both allowed
  std::string source;            ///< where they come from
  bool pass() const { return value >= low && value <= high; }
};

/// Energy of 230 MeV protons behind water: what GATE gives, and what this transport gives there.
struct WaterPoint {
  double depth;                         ///< [mm]
  double mean, sd;                      ///< GATE [MeV]
  double own_mean = 0.0, own_sd = 0.0;  ///< ours [MeV]
};
/// Protons of 229.88 MeV, without nuclear reactions, through up to 301 mm of water.
std::vector<WaterPoint> water_points(std::int64_t primaries, std::int64_t seed);
/// Means and standard deviations of the points against GATE's.
std::vector<Check> check_water(const std::vector<WaterPoint>& points);

/// GATE's numbers of the 3 mm aluminium stack behind 250 mm of water at 250 MeV, 5000 protons: the planes that are
/// checked (a selection, measured from the toolkit's published file). 0 where a plane is not checked for it.
struct GatePlane {
  int plane;
  double primaries;                     ///< of 5000
  double edep_p05, edep_p50, edep_p95;  ///< [keV]
  double kink_68, kink_95, kink_99;     ///< [mrad]
};
/// The planes that are checked.
const std::vector<GatePlane>& gate_planes();

/// The configuration that repeats that run: point source 5 mm before the water.
SimulationConfig gate_stack_config(std::int64_t primaries, std::int64_t seed);
/// The sample of gate_stack_config against GATE's numbers.
std::vector<Check> check_gate_stack(const SampleStatistics& sample);

}  // namespace difftrack::simulate
