// SPDX-License-Identifier: Apache-2.0
#include "apps/physics/cells.hpp"

#include <fmt/format.h>

#include <cmath>

#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::physics {

namespace {

// Table 1 of Kortus, Keidel, Gauger (arXiv 2407.13420), mean and standard deviation per frame.
const std::vector<Cell> kPublished{
    {100, 50, 1337, 54, 4311, 497},    {150, 50, 1074, 38, 3079, 397},    {200, 50, 815, 28, 2235, 284},
    {100, 100, 2675, 76, 14837, 1350}, {150, 100, 2148, 53, 10397, 1015}, {200, 100, 1628, 40, 7514, 803},
    {100, 150, 4015, 80, 31532, 2413}, {150, 150, 3224, 62, 21906, 1836}, {200, 150, 2445, 46, 15770, 1400}};

void count(const event::Hits& hits, Cell& cell) {
  detector::FrameConfig config;
  config.per_frame = cell.per_frame;
  config.keep_partial = false;
  const auto frames = detector::build_frames(hits, config).frames;
  double n = 0, h = 0, hh = 0, s = 0, ss = 0;
  for (const auto& frame : frames) {
    const auto own = static_cast<double>(frame.hits.size());
    const auto segments = static_cast<double>(graph::build_hit_graph(frame).size());
    n += 1, h += own, hh += own * own, s += segments, ss += segments * segments;
  }
  if (n == 0) return;
  cell.own_hits = h / n;
  cell.own_hits_sd = std::sqrt(std::max(0.0, hh / n - cell.own_hits * cell.own_hits));
  cell.own_segments = s / n;
  cell.own_segments_sd = std::sqrt(std::max(0.0, ss / n - cell.own_segments * cell.own_segments));
}

}  // namespace

std::vector<Cell> measure_cells(simulate::SimulationConfig config) {
  std::vector<Cell> cells = kPublished;
  for (const int water : {100, 150, 200}) {
    config.phantom = fmt::format("water:{}", water);
    const simulate::Simulation simulation(config);
    const auto merged = detector::merge_steps(simulation.run(), simulation.detector().thresholds);
    for (auto& cell : cells)
      if (cell.water == water) count(merged.hits, cell);
  }
  return cells;
}

std::vector<simulate::Check> check_cells(const std::vector<Cell>& cells) {
  std::vector<simulate::Check> checks;
  for (const auto& cell : cells) {
    const std::string where = fmt::format("per frame, {} mm water, {} events", cell.water, cell.per_frame);
    const std::string source = "published frames (arXiv 2407.13420)";
    checks.push_back({"hits " + where, cell.own_hits, 0.97 * cell.hits, 1.03 * cell.hits, source});
    checks.push_back({"kept segments " + where, cell.own_segments, 0.9 * cell.segments, 1.1 * cell.segments, source});
  }
  return checks;
}

}  // namespace difftrack::physics
