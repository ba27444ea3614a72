// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/event/steps.hpp"

namespace difftrack::simulate {

/// One number of a sample of protons behind a phantom; its name says the unit.
struct Quantity {
  std::string name;
  double value = 0.0;
};

/// What the detector sees of a sample, plane by plane: hits, survival, deposits, beam widths, slopes, kinks, electrons,
/// secondaries, large kinks and secondaries that continue a lost primary. The definitions are those of the comparison
/// with Geant4 (docs/physics.md): hits are merged by (event, track, layer), clusters follow
/// detector::mean_cluster_size, slopes and kinks are projected on x and y and taken together, a kink at plane p lies
/// between the segments p - 1 to p and p to p + 1. Quantities without enough primaries (30; 100 for kinks) are left
/// out. Needs event, track, parent, pdg and layer columns, events in [0, events).
std::vector<Quantity> transport_quantities(const event::Steps& steps, std::int64_t events);

}  // namespace difftrack::simulate
