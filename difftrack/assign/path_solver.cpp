// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/path_solver.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace difftrack::assign {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// A match from an earlier solution is kept while it is tight within rounding of the numbers it is made of.
bool nearly_tight(double value, double minimum, double cost, double dual) {
  constexpr double kRounding = 8.0 * std::numeric_limits<double>::epsilon();
  return value - minimum <= kRounding * (std::abs(cost) + std::abs(dual));
}

}  // namespace

template <>
struct PathSolver::Side<true> {
  PathSolver& solver;
  double* own_dual = solver.solution_->row_dual.data();
  double* other_dual = solver.solution_->column_dual.data();
  const double* own_leaving = solver.input_->leaving_row.data();
  std::int32_t* own_match = solver.solution_->row_to_entry.data();
  std::int32_t* other_match = solver.column_to_entry_.data();
  const std::int32_t* begin = solver.input_->structure.row_begin.data();
  std::int32_t entry(std::int32_t k) const { return k; }
  std::int32_t own_of(std::int32_t entry) const { return solver.row_of_[at(entry)]; }
  std::int32_t other_of(std::int32_t entry) const { return solver.input_->structure.column[at(entry)]; }
};

template <>
struct PathSolver::Side<false> {
  PathSolver& solver;
  double* own_dual = solver.solution_->column_dual.data();
  double* other_dual = solver.solution_->row_dual.data();
  const double* own_leaving = solver.input_->leaving_column.data();
  std::int32_t* own_match = solver.column_to_entry_.data();
  std::int32_t* other_match = solver.solution_->row_to_entry.data();
  const std::int32_t* begin = solver.column_begin_.data();
  std::int32_t entry(std::int32_t k) const { return solver.column_entry_[at(k)]; }
  std::int32_t own_of(std::int32_t entry) const { return solver.input_->structure.column[at(entry)]; }
  std::int32_t other_of(std::int32_t entry) const { return solver.row_of_[at(entry)]; }
};

void PathSolver::operator()(const Input& input, bool warm, Solution& solution) {
  input_ = &input;
  solution_ = &solution;
  columns_built_ = false;
  const Problem& p = input.structure;
  const auto larger = static_cast<std::size_t>(std::max(p.n_rows, p.n_columns));
  if (distance_.size() < larger) {
    distance_.resize(larger, kInfinity);
    reached_by_.resize(larger, -1);
    done_.resize(larger, 0);
  }
  row_of_.resize(p.n_entries());
  for (std::int32_t row = 0; row < p.n_rows; ++row)
    std::fill(row_of_.begin() + p.row_begin[at(row)], row_of_.begin() + p.row_begin[at(row) + 1], row);
  column_to_entry_.assign(at(p.n_columns), -1);

  start(warm);
  match_tight_entries();
  for (std::int32_t row = 0; row < p.n_rows; ++row)
    if (solution.row_to_entry[at(row)] < 0 && solution.row_dual[at(row)] < input.leaving_row[at(row)])
      insert<true>(row);
  for (std::int32_t column = 0; column < p.n_columns; ++column)
    if (column_to_entry_[at(column)] < 0 && solution.column_dual[at(column)] < input.leaving_column[at(column)]) {
      if (!columns_built_) build_columns();
      insert<false>(column);
    }

  solution.column_to_row.assign(at(p.n_columns), -1);
  for (std::int32_t column = 0; column < p.n_columns; ++column)
    if (const auto e = column_to_entry_[at(column)]; e >= 0) solution.column_to_row[at(column)] = row_of_[at(e)];
}

void PathSolver::start(bool warm) {
  const Problem& p = input_->structure;
  auto& v = solution_->column_dual;
  auto& u = solution_->row_dual;
  u.resize(at(p.n_rows));
  if (warm) {
    for (std::int32_t c = 0; c < p.n_columns; ++c) v[at(c)] = std::min(v[at(c)], input_->leaving_column[at(c)]);
  } else {
    v.assign(input_->leaving_column.begin(), input_->leaving_column.end());
    solution_->row_to_entry.assign(at(p.n_rows), -1);
    for (std::int32_t row = 0; row < p.n_rows; ++row)  // columns that must be matched: as dear as unmatched rows allow
      for (auto e = p.row_begin[at(row)]; e < p.row_begin[at(row) + 1]; ++e)
        if (const auto c = at(p.column[at(e)]);
            input_->leaving_column[c] == kInfinity && input_->cost[at(e)] < kInfinity)
          v[c] = std::min(v[c], input_->cost[at(e)] - input_->leaving_row[at(row)]);
  }
  for (std::int32_t row = 0; row < p.n_rows; ++row) {
    double lowest = input_->leaving_row[at(row)];
    for (auto e = p.row_begin[at(row)]; e < p.row_begin[at(row) + 1]; ++e)
      lowest = std::min(lowest, input_->cost[at(e)] - v[at(p.column[at(e)])]);
    const std::int32_t kept = solution_->row_to_entry[at(row)];
    if (kept >= 0) {
      const double cost = input_->cost[at(kept)], dual = v[at(p.column[at(kept)])];
      if (nearly_tight(cost - dual, lowest, cost, dual)) {
        lowest = cost - dual;
        column_to_entry_[at(p.column[at(kept)])] = kept;
      } else {
        solution_->row_to_entry[at(row)] = -1;
      }
    }
    u[at(row)] = lowest;
  }
}

void PathSolver::match_tight_entries() {
  const Problem& p = input_->structure;
  for (std::int32_t row = 0; row < p.n_rows; ++row) {
    if (solution_->row_to_entry[at(row)] >= 0) continue;
    const double u = solution_->row_dual[at(row)];
    const bool row_wants = u < input_->leaving_row[at(row)];
    for (auto e = p.row_begin[at(row)]; e < p.row_begin[at(row) + 1]; ++e) {
      const auto c = at(p.column[at(e)]);
      if (column_to_entry_[c] >= 0) continue;
      const double v = solution_->column_dual[c];
      if (input_->cost[at(e)] - v != u || !(row_wants || v < input_->leaving_column[c])) continue;
      solution_->row_to_entry[at(row)] = e;
      column_to_entry_[c] = e;
      break;
    }
  }
}

void PathSolver::build_columns() {
  const Problem& p = input_->structure;
  column_begin_.assign(at(p.n_columns) + 1, 0);
  column_entry_.resize(p.n_entries());
  for (const auto c : p.column) ++column_begin_[at(c) + 1];
  for (std::size_t c = 0; c < at(p.n_columns); ++c) column_begin_[c + 1] += column_begin_[c];
  for (std::size_t e = 0; e < p.n_entries(); ++e)
    column_entry_[at(column_begin_[at(p.column[e])]++)] = static_cast<std::int32_t>(e);
  for (std::size_t c = at(p.n_columns); c > 0; --c) column_begin_[c] = column_begin_[c - 1];
  column_begin_[0] = 0;
  columns_built_ = true;
}

template <bool kByRow>
void PathSolver::insert(std::int32_t first) {
  Side<kByRow> side{*this};
  double best = side.own_leaving[at(first)] - side.own_dual[at(first)];
  std::int32_t end_own = first,
               end_other = -1;  // where the best path ends: an own node that leaves, or an unmatched other
  own_tree_.clear();
  other_tree_.clear();
  heap_.clear();
  touched_.clear();

  std::int32_t own = first;
  double base = 0.0;
  while (true) {
    own_tree_.push_back({base, own});
    const double offset = base - side.own_dual[at(own)];
    for (auto k = side.begin[at(own)]; k < side.begin[at(own) + 1]; ++k) {
      const std::int32_t e = side.entry(k);
      const std::int32_t other = side.other_of(e);
      const double reached = std::max(base, input_->cost[at(e)] + offset - side.other_dual[at(other)]);
      if (reached >= best || done_[at(other)] || reached >= distance_[at(other)]) continue;
      if (distance_[at(other)] == kInfinity) touched_.push_back(other);
      distance_[at(other)] = reached;
      reached_by_[at(other)] = e;
      if (side.other_match[at(other)] < 0) {
        best = reached;
        end_other = other;
        continue;
      }
      heap_.push_back({reached, other});
      std::push_heap(heap_.begin(), heap_.end());
    }
    std::int32_t nearest = -1;
    while (!heap_.empty() && heap_.front().distance < best && nearest < 0) {
      const Reached top = heap_.front();
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
      if (!done_[at(top.node)] && top.distance == distance_[at(top.node)]) nearest = top.node;
    }
    if (nearest < 0) break;
    done_[at(nearest)] = 1;
    base = distance_[at(nearest)];
    other_tree_.push_back({base, nearest});
    own = side.own_of(side.other_match[at(nearest)]);
    if (const double leaving = base + std::max(0.0, side.own_leaving[at(own)] - side.own_dual[at(own)]);
        leaving < best) {
      best = leaving;
      end_own = own;
      end_other = -1;
    }
  }
  assert(best < kInfinity);  // promised by the caller

  for (const Reached& node : own_tree_) side.own_dual[at(node.node)] += best - node.distance;
  for (const Reached& node : other_tree_) side.other_dual[at(node.node)] -= best - node.distance;
  if (end_other < 0) {
    const std::int32_t freed = side.own_match[at(end_own)];
    side.own_match[at(end_own)] = -1;
    side.own_dual[at(end_own)] = side.own_leaving[at(end_own)];
    if (freed >= 0) flip<kByRow>(side, side.other_of(freed), first);
  } else {
    flip<kByRow>(side, end_other, first);
  }
  for (const Reached& node : own_tree_)  // tight to the last bit, so that rounding does not pile up
    if (const auto e = side.own_match[at(node.node)]; e >= 0)
      side.own_dual[at(node.node)] = input_->cost[at(e)] - side.other_dual[at(side.other_of(e))];
  for (const std::int32_t other : touched_) {
    distance_[at(other)] = kInfinity;
    done_[at(other)] = 0;
  }
}

template <bool kByRow>
void PathSolver::flip(Side<kByRow>& side, std::int32_t other, std::int32_t first) {
  while (true) {
    const std::int32_t e = reached_by_[at(other)];
    const std::int32_t own = side.own_of(e);
    const std::int32_t previous = side.own_match[at(own)];
    side.own_match[at(own)] = e;
    side.other_match[at(other)] = e;
    if (own == first) return;
    other = side.other_of(previous);
  }
}

}  // namespace difftrack::assign
