// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "difftrack/event/reference_image.hpp"
#include "difftrack/simulate/phantom.hpp"

namespace difftrack::simulate {

/// The image that a scan of a phantom should give: the simulation's own stopping powers over water's, at one energy
/// [MeV], averaged over `samples` points along each side of a voxel. Ranges are measured against water in place of air,
/// so what is told of a medium is (S - S_air) / (S_water - S_air), and 0 outside. `counts` and `spacing` [mm] along x,
/// y, z; the middle is the phantom's. Throws InputError for counts, spacing or samples that are not positive.
event::ReferenceImage reference_image(const Phantom& phantom, std::array<std::int64_t, 3> counts,
                                      std::array<double, 3> spacing, double energy, int samples, int threads);

}  // namespace difftrack::simulate
