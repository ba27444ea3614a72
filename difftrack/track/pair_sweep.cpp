// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/pair_sweep.hpp"

#include <algorithm>
#include <cmath>

#include "difftrack/assign/free_lap.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

std::vector<SweepStep> sweep_order(std::int32_t n_layers, std::int32_t first_layer) {
  std::vector<SweepStep> steps;
  const std::int32_t first = std::clamp(first_layer, 0, std::max(0, n_layers - 2));
  for (std::int32_t layer = first; layer + 1 < n_layers; ++layer) steps.push_back({layer, true});
  for (std::int32_t layer = std::min(first, n_layers - 1) - 1; layer >= 0; --layer) steps.push_back({layer, false});
  return steps;
}

Direction segment_direction(const event::Frame& frame, const graph::HitGraph& graph, std::size_t segment) {
  const auto deep = at(graph.deep[segment]), shallow = at(graph.shallow[segment]);
  const auto& hits = frame.hits;
  const double x = static_cast<double>(hits.x[deep]) - static_cast<double>(hits.x[shallow]);
  const double y = static_cast<double>(hits.y[deep]) - static_cast<double>(hits.y[shallow]);
  const double z = std::abs(static_cast<double>(hits.z[deep]) - static_cast<double>(hits.z[shallow]));
  const double length = std::sqrt(x * x + y * y + z * z);
  return {x / length, y / length, z / length};
}

double angle_between(const Direction& a, const Direction& b) {
  const double cx = a.y * b.z - a.z * b.y, cy = a.z * b.x - a.x * b.z, cz = a.x * b.y - a.y * b.x;
  return std::atan2(std::sqrt(cx * cx + cy * cy + cz * cz), a.x * b.x + a.y * b.y + a.z * b.z);
}

std::vector<std::size_t> solve_pair(const event::Frame& frame, const graph::HitGraph& graph, std::size_t pair,
                                    std::vector<double> costs, const assign::LeavingCosts& leaving,
                                    assign::Workspace& workspace) {
  const std::int32_t first_row = frame.group_begin[pair], first_column = frame.group_begin[pair + 1];
  const auto begin = at(graph.pair_begin[pair]), end = at(graph.pair_begin[pair + 1]);
  assign::Problem problem{
      first_column - first_row, frame.group_begin[pair + 2] - first_column, {}, {}, std::move(costs)};
  problem.row_begin.assign(at(problem.n_rows) + 1, 0);
  problem.column.reserve(end - begin);
  for (auto s = begin; s < end; ++s) {
    ++problem.row_begin[at(graph.deep[s] - first_row) + 1];
    problem.column.push_back(graph.shallow[s] - first_column);
  }
  for (std::size_t r = 0; r < at(problem.n_rows); ++r) problem.row_begin[r + 1] += problem.row_begin[r];
  const assign::Solution solution =
      leaving.row.empty() ? assign::SparseLap{}(problem, workspace) : assign::FreeLap{}(problem, leaving, workspace);
  std::vector<std::size_t> chosen;
  for (const auto e : solution.row_to_entry)
    if (e >= 0) chosen.push_back(begin + at(e));
  return chosen;
}

}  // namespace difftrack::track
