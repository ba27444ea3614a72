// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "difftrack/aerosol/reference/step_trace.hpp"
#include "difftrack/aerosol/state.hpp"

namespace difftrack::aerosol::reference {

/// Brownian coagulation of the pairs kPairs by Fuchs' formula for the count median radii of particles with water
/// [cm³/s]; 0 where a mode is empty.
std::array<double, 16> coagulation_kernel(const Air& air, const CellState& state, const Properties& properties);

/// How many particles of a mode are lost in a step, and to whom.
struct Losses {
  double left = 0.0;       ///< [1/cm³]
  double among = 0.0;      ///< lost to others of the mode [1/cm³]
  double to_others = 0.0;  ///< lost to larger particles of other modes [1/cm³]
};

/// dN/dt = -a N² - b N over one step from `number`, in closed form.
Losses lose_particles(double number, double a, double b);

/// dN/dt = z - a N² - b N over one step from `number`, z = `added` per step, in closed form. Losses are of
/// number + added.
Losses lose_while_nucleating(double number, double added, double a, double b);

/// Numbers and masses after coagulation, and after insoluble particles that are coated have become soluble ones.
///
/// Each mode loses particles to itself (their mass stays) and to larger ones (their mass goes there). An insoluble
/// particle is moved with its mass when it has a monolayer of sulphate, by condensation or by soluble particles.
CellState coagulate_and_age(const CellState& state, const Properties& properties, const Condensation& condensation,
                            const Nucleation& nucleation, const std::array<double, 16>& kernel);

}  // namespace difftrack::aerosol::reference
