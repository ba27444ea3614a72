// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "difftrack/assign/problem.hpp"
#include "difftrack/assign/sparse_lap.hpp"

namespace difftrack::assign {

/// The free assignment: every row and every column may stay unassigned at a cost of its own (birth, death, "dustbin").
///
///   min  Σ_chosen cost + Σ_{unassigned rows} a_r + Σ_{unassigned columns} b_c
/// An entry pays only if cost <= a_r + b_c; with equality the hits stay unassigned when nothing else decides.
/// Certificate: u_r + v_c <= cost, u_r <= a_r, v_c <= b_c, with equality for matched entries and unassigned nodes;
/// then Σu + Σv equals the cost. Method and complexity: PathSolver.
class FreeLap {
 public:
  /// Throws core::InputError on a malformed problem or a cost that is not finite.
  Solution operator()(const Problem& problem, const LeavingCosts& leaving) const;
  /// The same without the check, with reusable memory.
  Solution operator()(const Problem& problem, const LeavingCosts& leaving, Workspace& workspace) const;

  /// The same structure with other costs (one per entry, finite), warm-started from an optimal `previous`.
  Solution resolve(const Problem& structure, std::span<const double> cost, const LeavingCosts& leaving,
                   const Solution& previous, Workspace& workspace) const;
};

}  // namespace difftrack::assign
