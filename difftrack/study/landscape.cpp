// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/landscape.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace difftrack::study {

namespace {

/// A place of the finest grid; ordered by rows.
using Place = std::pair<std::int32_t, std::int32_t>;  // j, i

/// A square of the grid, or a stretch of a line, with its corners.
struct Cell {
  std::int32_t i, j, size;
  bool operator<(const Cell& other) const { return std::tie(j, i, size) < std::tie(other.j, other.i, other.size); }

  std::vector<Place> corners(std::int32_t dimensions) const {
    if (dimensions == 1) return {{0, i}, {0, i + size}};
    return {{j, i}, {j, i + size}, {j + size, i}, {j + size, i + size}};
  }
  std::vector<Cell> halves(std::int32_t dimensions) const {
    const std::int32_t half = size / 2;
    if (dimensions == 1) return {{i, 0, half}, {i + half, 0, half}};
    return {{i, j, half}, {i + half, j, half}, {i, j + half, half}, {i + half, j + half, half}};
  }
};

std::vector<Cell> coarse_cells(std::int32_t dimensions, std::int32_t points, std::int32_t size) {
  std::vector<Cell> cells;
  for (std::int32_t j = 0; j < (dimensions == 1 ? 1 : points - 1); ++j)
    for (std::int32_t i = 0; i + 1 < points; ++i) cells.push_back({i * size, j * size, size});
  return cells;
}

/// Largest over smallest value at the corners.
double ratio(const std::map<Place, PointLosses>& known, const std::vector<Place>& corners, bool hamming) {
  double low = HUGE_VAL, high = 0.0;
  for (const Place& corner : corners) {
    const PointLosses& at = known.at(corner);
    const double value = hamming ? at.hamming : at.bce;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return low > 0.0 ? high / low : (high > 0.0 ? HUGE_VAL : 1.0);
}

}  // namespace

std::vector<double> to_numbers(const PointLosses& losses) {
  return {losses.bce, losses.hamming, losses.ceiling, losses.tpr, losses.fpr};
}

PointLosses losses_from(std::span<const double> numbers) {
  return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
}

std::optional<Surface> evaluate_surface(const LandscapeConfig& config, core::WorkQueue& queue,
                                        const PointFunction& at) {
  const std::int32_t levels = config.refine ? config.refine_levels : 0, size = 1 << levels;
  Surface surface;
  surface.grid = {config.dimensions, (config.points - 1) * size + 1, config.range};
  std::map<Place, PointLosses> known;
  std::vector<Cell> cells = coarse_cells(config.dimensions, config.points, size);
  for (std::int32_t level = 0; level <= levels; ++level) {
    std::set<Place> wanted;
    for (const Cell& cell : cells)
      for (const Place& corner : cell.corners(config.dimensions))
        if (!known.contains(corner)) wanted.insert(corner);
    const std::vector<Place> places(wanted.begin(), wanted.end());
    const std::size_t n = places.size() + (level == 0 ? 1 : 0);  // the centre comes last
    const auto results =
        queue.run("level_" + std::to_string(level), static_cast<std::int64_t>(n), [&](std::int64_t index, int thread) {
          std::vector<double> coordinates(static_cast<std::size_t>(config.dimensions), 0.0);
          if (const auto k = static_cast<std::size_t>(index); k < places.size()) {
            coordinates[0] = surface.grid.coordinate(places[k].second);
            if (config.dimensions == 2) coordinates[1] = surface.grid.coordinate(places[k].first);
          }
          return core::to_bytes(to_numbers(at(coordinates, thread)));
        });
    if (!results) return std::nullopt;
    for (std::size_t k = 0; k < places.size(); ++k) known[places[k]] = losses_from(core::from_bytes((*results)[k]));
    if (level == 0) surface.centre = losses_from(core::from_bytes(results->back()));
    std::vector<Cell> finer;
    for (const Cell& cell : cells) {
      const auto corners = cell.corners(config.dimensions);
      if (std::max(ratio(known, corners, true), ratio(known, corners, false)) <= config.refine_ratio) continue;
      const auto halves = cell.halves(config.dimensions);
      finer.insert(finer.end(), halves.begin(), halves.end());
    }
    cells = std::move(finer);
  }
  for (const auto& [place, losses] : known) {
    surface.j.push_back(place.first);
    surface.i.push_back(place.second);
    surface.losses.push_back(losses);
  }
  return surface;
}

std::vector<double> on_full_grid(const Surface& surface, const std::function<double(const PointLosses&)>& value) {
  const std::int32_t side = surface.grid.side, rows = surface.grid.dimensions == 1 ? 1 : side;
  std::map<Place, double> known;
  for (std::size_t k = 0; k < surface.losses.size(); ++k)
    known[{surface.j[k], surface.i[k]}] = value(surface.losses[k]);
  const auto complete = [&](std::int32_t step) {
    for (std::int32_t j = 0; j < rows; j += step)
      for (std::int32_t i = 0; i < side; i += step)
        if (!known.contains({j, i})) return false;
    return true;
  };
  std::int32_t step = 1;  // of the finest grid that was computed everywhere
  while (!complete(step)) step *= 2;
  // Halving the step, each place that is missing takes the mean of its neighbours of the coarser grid.
  for (std::int32_t half = step / 2; half >= 1; half /= 2) {
    for (std::int32_t j = 0; j < rows; j += half)
      for (std::int32_t i = 0; i < side; i += half) {
        if (known.contains({j, i})) continue;
        const std::int32_t di = i % (2 * half) != 0 ? half : 0, dj = j % (2 * half) != 0 ? half : 0;
        const double a = known.at({j - dj, i - di}), b = known.at({j + dj, i + di});
        known[{j, i}] = di != 0 && dj != 0 ? 0.25 * (a + b + known.at({j - dj, i + di}) + known.at({j + dj, i - di}))
                                           : 0.5 * (a + b);
      }
  }
  std::vector<double> full;
  for (std::int32_t j = 0; j < rows; ++j)
    for (std::int32_t i = 0; i < side; ++i) full.push_back(known.at({j, i}));
  return full;
}

SurfaceSummary summarise(const Surface& surface, double wide, const std::function<double(const PointLosses&)>& value) {
  SurfaceSummary summary;
  const std::vector<double> full = on_full_grid(surface, value);
  const auto lowest = std::min_element(full.begin(), full.end());
  const auto place = static_cast<std::int32_t>(lowest - full.begin());
  summary.minimum = *lowest;
  summary.maximum = *std::max_element(full.begin(), full.end());
  summary.centre = value(surface.centre);
  summary.minimum_a = surface.grid.coordinate(place % surface.grid.side);
  summary.minimum_b = surface.grid.dimensions == 2 ? surface.grid.coordinate(place / surface.grid.side) : 0.0;
  const auto share = [&](double bound) {
    return static_cast<double>(std::count_if(full.begin(), full.end(), [&](double each) { return each <= bound; })) /
           static_cast<double>(full.size());
  };
  summary.within_2 = share(2.0 * summary.minimum);
  summary.within_5 = share(5.0 * summary.minimum);
  summary.within_10 = share(10.0 * summary.minimum);
  summary.wide = share(wide * summary.centre);
  return summary;
}

}  // namespace difftrack::study
