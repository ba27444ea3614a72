// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "difftrack/assign/path_solver.hpp"
#include "difftrack/assign/problem.hpp"

namespace difftrack::assign {

/// Scratch memory of the solvers; one per thread. It never changes a result.
struct Workspace {
  PathSolver paths;
  std::vector<double> cost, leaving_row, leaving_column;
};

/// The forced assignment: among the matchings of maximum cardinality one of minimum Σ cost.
///
/// Two steps. `max_cardinality` finds levels k_r in {0, 1}, k_c in {-1, 0} without reading costs; then PathSolver
/// solves what is left: entries with k_r + k_c = 0, rows of level 0 and columns of level -1 must be matched, rows of
/// level 1 and columns of level 0 may stay free at no cost.
/// Certificate (lexicographic dual: levels first, then real numbers u, v):
///   every entry   k_r + k_c < 0, or k_r + k_c = 0 and u_r + v_c <= cost;   matched: k_r + k_c = 0 and u_r + v_c = cost
///   rows          level 0: matched;   level 1: u_r <= 0, and u_r = 0 if unmatched
///   columns       level -1: matched;  level 0: v_c <= 0, and v_c = 0 if unmatched
/// It proves both: the cardinality by König's theorem, the cost by linear-programming duality (Σu + Σv = Σ cost).
/// No large number stands for "forbidden" or "unmatched", so any scale of costs is solved alike.
/// Ties: the first of equal choices in the order of rows and entries; a warm start keeps the earlier matching.
class SparseLap {
 public:
  /// Throws core::InputError on a malformed problem or a cost that is not finite.
  Solution operator()(const Problem& problem) const;
  /// The same without the check, with reusable memory.
  Solution operator()(const Problem& problem, Workspace& workspace) const;

  /// The same structure with other costs (one per entry, finite), warm-started from an optimal `previous`.
  Solution resolve(const Problem& structure, std::span<const double> cost, const Solution& previous,
                   Workspace& workspace) const;
};

}  // namespace difftrack::assign
