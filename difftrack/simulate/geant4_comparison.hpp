// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/steps.hpp"
#include "difftrack/simulate/config.hpp"

namespace difftrack::simulate {

/// What Geant4 gives for one of transport_quantities().
struct Geant4Value {
  std::string_view name;
  int water;         ///< thickness of the phantom [mm]
  double value;      ///< in the unit of the name
  double error;      ///< statistical, one standard deviation
  double primaries;  ///< protons it was measured with
};
/// Geant4 11.4 in the geometry of bergen-dtc.toml, 230 MeV, behind 100, 150 and 200 mm of water (our own runs;
/// tools/geant4_table.py writes the table).
const std::vector<Geant4Value>& geant4_values();

/// One quantity behind one phantom: ours against Geant4's.
struct Comparison {
  std::string name;
  int water = 0;                     ///< thickness of the phantom [mm]
  double own = 0.0;                  ///< in the unit of the name, as all below
  double geant4 = 0.0, error = 0.0;  ///< error: Geant4's and ours combined, one standard deviation
  double allowed = 0.0;              ///< 2 % or twice the error, whichever is larger
  const char* known = nullptr;       ///< why it may lie outside; null: it must not
  bool outside() const { return own < geant4 - allowed || own > geant4 + allowed; }
};

/// Our repetition of that run: its beam (sigma 3.4 mm, divergence 2.45 mrad, emittance 20.8 mm mrad) behind `water` mm.
SimulationConfig geant4_run_config(int water, std::int64_t primaries, std::int64_t seed);

/// The steps of a sample of `primaries` behind `water` mm of water against Geant4. Our errors are taken as Geant4's,
/// scaled to our number of protons.
std::vector<Comparison> compare_with_geant4(const event::Steps& steps, std::int64_t primaries, int water);

}  // namespace difftrack::simulate
