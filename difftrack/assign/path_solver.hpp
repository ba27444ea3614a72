// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/assign/problem.hpp"

namespace difftrack::assign {

/// Shortest augmenting paths on a sparse assignment problem in which every row r may stay unassigned for a cost a_r
/// and every column c for a cost b_c; infinity means that it must be matched. Both problems of this room are of
/// this form: the free one directly, the forced one with a, b in {0, infinity} once its cardinality is known.
///
///   primal   min  Σ_e cost_e y_e + Σ_r a_r (1 - Σ_{e at r} y_e) + Σ_c b_c (1 - Σ_{e at c} y_e),   y a matching
///   dual     max  Σ_r u_r + Σ_c v_c   with   u_r + v_c <= cost_rc,   u_r <= a_r,   v_c <= b_c
///   optimal  exactly when matched entries have u_r + v_c = cost, unmatched rows u_r = a_r, unmatched columns v_c = b_c
///
/// Start: any v <= b, u_r = min(a_r, min_c cost_rc - v_c), and a matching of tight entries. Then each unmatched row
/// with u_r < a_r, and after those each unmatched column with v_c < b_c, is inserted by the shortest alternating
/// path in reduced costs (Dijkstra; Jonker and Volgenant 1987, Computing 38, 325-340, without their dense
/// start-up phases). A path ends at an unmatched node of the other side or by letting a matched node of its own
/// side leave. The start may come from the solution of a problem with other costs (warm start): only nodes whose
/// match is no longer tight are inserted again. Searches never cross into another connected component.
/// O((rows + columns) x entries x log) at worst; ties are broken by the order of rows and entries.
/// Costs are only added, subtracted and compared, so the scale of the costs does not matter.
class PathSolver {
 public:
  /// `row_begin`, `column` as in Problem; `cost` may hold +infinity for entries that must not be used.
  struct Input {
    const Problem& structure;
    std::span<const double> cost;            ///< n_entries
    std::span<const double> leaving_row;     ///< n_rows, may be +infinity
    std::span<const double> leaving_column;  ///< n_columns, +infinity only where all rows of the column may leave
  };

  /// Solves into `solution` (row_to_entry, column_to_row, duals); with `warm` set, `solution` comes with the
  /// row_to_entry and column_dual to start from. The caller guarantees that a matching exists which leaves no node with
  /// infinite a, b.
  void operator()(const Input& input, bool warm, Solution& solution);

 private:
  struct Reached {
    double distance;
    std::int32_t node;
    bool operator<(const Reached& other) const {  // for a heap with the nearest on top
      return distance != other.distance ? distance > other.distance : node > other.node;
    }
  };
  /// The problem seen from the rows or from the columns: insertion is the same code for both.
  template <bool kByRow>
  struct Side;

  void start(bool warm);
  void match_tight_entries();
  void build_columns();
  template <bool kByRow>
  void insert(std::int32_t first);
  template <bool kByRow>
  void flip(Side<kByRow>& side, std::int32_t other, std::int32_t first);

  const Input* input_ = nullptr;
  Solution* solution_ = nullptr;
  std::vector<std::int32_t> column_to_entry_;              // matched entry of each column or -1
  std::vector<std::int32_t> row_of_;                       // row of each entry; built on demand
  std::vector<std::int32_t> column_begin_, column_entry_;  // entries by column; built on demand
  bool columns_built_ = false;
  // Scratch of one search, indexed by the node of the other side.
  std::vector<double> distance_;
  std::vector<std::int32_t> reached_by_;
  std::vector<std::uint8_t> done_;
  std::vector<std::int32_t> touched_;
  std::vector<Reached> heap_, own_tree_, other_tree_;
};

}  // namespace difftrack::assign
