// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/chip_alignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/fields.hpp"

namespace difftrack::detector {
namespace {

PlanePoint place(const ChipPlacement& chip, PlanePoint p) {
  return {(chip.mirror_x ? -p.x : p.x) + chip.shift_x, p.y + chip.shift_y};
}

/// Of a chip among those of its layer, row by row.
std::size_t index_of(std::int32_t row, std::int32_t column, std::int32_t columns) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
}

/// A hit's position where the layers before predict it, and where its chip nominally has it.
struct Pair {
  PlanePoint expected, nominal;
};

/// How much wider a beam from (0, 0, source_z) is at one layer than at another.
double beam_growth(const Detector& detector, std::size_t from, std::size_t to) {
  const double near = detector.layers[from].sensitive_z - detector.source_z;
  return near > 0.0 ? (detector.layers[to].sensitive_z - detector.source_z) / near : 1.0;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double spread(const std::vector<double>& values, double centre) {
  double sum = 0.0;
  for (const double v : values) sum += (v - centre) * (v - centre);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// Median shift over the pairs within `window` of it; two rounds, the first around no shift at all.
AlignChips::Result fit_shift(const std::vector<Pair>& pairs, bool mirror, double window) {
  AlignChips::Result result;
  result.chip.mirror_x = mirror;
  for (int round = 0; round < 2; ++round) {
    std::vector<double> dx, dy;
    for (const Pair& p : pairs) {
      const PlanePoint now = place(result.chip, p.nominal);
      if (std::hypot(p.expected.x - now.x, p.expected.y - now.y) > window) continue;
      dx.push_back(p.expected.x - now.x);
      dy.push_back(p.expected.y - now.y);
    }
    result.pairs = static_cast<std::int32_t>(dx.size());
    if (dx.empty()) return result;
    const double mx = median(dx), my = median(dy), n = static_cast<double>(dx.size());
    result.chip.shift_x += mx;
    result.chip.shift_y += my;
    result.error_x = 1.25 * spread(dx, mx) / std::sqrt(n);
    result.error_y = 1.25 * spread(dy, my) / std::sqrt(n);
  }
  return result;
}

}  // namespace

ChipAlignment::ChipAlignment(const Detector& detector, const PixelGeometry& geometry)
    : geometry_(geometry),
      chip_columns_(geometry.x.pixels() / geometry.x.pixels_per_chip()),
      chip_rows_(geometry.y.pixels() / geometry.y.pixels_per_chip()),
      of_layer_(detector.layers.size()) {
  for (const ChipPlacement& chip : detector.chips) {
    auto& chips = of_layer_[static_cast<std::size_t>(chip.layer)];
    if (chips.empty())
      for (std::int32_t row = 0; row < chip_rows_; ++row)
        for (std::int32_t column = 0; column < chip_columns_; ++column) chips.push_back({chip.layer, column, row});
    chips[index_of(chip.chip_row, chip.chip_column, chip_columns_)] = chip;
  }
}

PlanePoint ChipAlignment::to_true(std::int32_t layer, std::int32_t chip_column, std::int32_t chip_row,
                                  PlanePoint nominal) const {
  if (is_nominal(layer)) return nominal;
  return place(of_layer_[static_cast<std::size_t>(layer)][index_of(chip_row, chip_column, chip_columns_)], nominal);
}

PlanePoint ChipAlignment::to_nominal(std::int32_t layer, PlanePoint truth) const {
  if (is_nominal(layer)) return truth;
  for (const ChipPlacement& chip : of_layer_[static_cast<std::size_t>(layer)]) {
    const double x = truth.x - chip.shift_x;
    const PlanePoint nominal{chip.mirror_x ? -x : x, truth.y - chip.shift_y};
    const std::int32_t column = geometry_.x.index(nominal.x), row = geometry_.y.index(nominal.y);
    if (column < 0 || row < 0) continue;
    if (geometry_.x.chip(column) == chip.chip_column && geometry_.y.chip(row) == chip.chip_row) return nominal;
  }
  constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();
  return {kNowhere, kNowhere};
}

AlignChips::AlignChips(const Config& config) : config_(config) { core::check_fields(config, ""); }

std::vector<AlignChips::Result> AlignChips::operator()(const FramedHits& hits, const Detector& detector,
                                                       const PixelGeometry& geometry) const {
  const auto n_layers = std::min(static_cast<std::size_t>(config_.layers), detector.layers.size());
  // the single hit of each layer in each readout; -1 none, -2 several
  std::vector<std::vector<std::int64_t>> single;
  for (std::size_t i = 0; i < hits.hits.size(); ++i) {
    if (i == 0 || hits.frame[i] != hits.frame[i - 1]) single.emplace_back(n_layers, -1);
    const auto layer = static_cast<std::size_t>(hits.hits.layer[i]);
    if (layer >= n_layers || hits.hits.cluster_size[i] < config_.min_cluster_size) continue;
    auto& slot = single.back()[layer];
    slot = slot == -1 ? static_cast<std::int64_t>(i) : -2;
  }
  const std::int32_t chips_x = geometry.x.pixels() / geometry.x.pixels_per_chip();
  const std::int32_t chips_y = geometry.y.pixels() / geometry.y.pixels_per_chip();
  Detector aligned = detector;
  aligned.chips.clear();
  std::vector<Result> results;
  for (std::size_t layer = 1; layer < n_layers; ++layer) {
    const ChipAlignment so_far(aligned, geometry);
    const auto nominal = [&](std::int64_t hit) {
      const auto h = static_cast<std::size_t>(hit);
      return PlanePoint{static_cast<double>(hits.hits.x[h]), static_cast<double>(hits.hits.y[h])};
    };
    const auto chip_of = [&](PlanePoint p) {
      return std::pair(geometry.x.chip(geometry.x.index(p.x)), geometry.y.chip(geometry.y.index(p.y)));
    };
    std::vector<std::vector<Pair>> pairs(static_cast<std::size_t>(chips_x) * static_cast<std::size_t>(chips_y));
    for (const auto& readout : single) {
      if (readout[layer] < 0) continue;
      std::size_t before = layer;
      while (before > 0 && readout[before - 1] < 0) --before;
      if (before-- == 0) continue;
      const PlanePoint here = nominal(readout[layer]), there = nominal(readout[before]);
      const auto [column, row] = chip_of(here);
      const auto [from_column, from_row] = chip_of(there);
      PlanePoint expected = so_far.to_true(static_cast<std::int32_t>(before), from_column, from_row, there);
      const double spread = beam_growth(detector, before, layer);
      expected = {spread * expected.x, spread * expected.y};
      pairs[index_of(row, column, chips_x)].push_back({expected, here});
    }
    for (std::int32_t row = 0; row < chips_y; ++row)
      for (std::int32_t column = 0; column < chips_x; ++column) {
        const auto& of_chip = pairs[index_of(row, column, chips_x)];
        const Result plain = fit_shift(of_chip, false, config_.window);
        const Result mirrored = fit_shift(of_chip, true, config_.window);
        Result best = mirrored.pairs > plain.pairs ? mirrored : plain;
        if (best.pairs < config_.min_pairs) continue;
        best.chip.layer = static_cast<std::int32_t>(layer);
        best.chip.chip_column = column;
        best.chip.chip_row = row;
        results.push_back(best);
        aligned.chips.push_back(best.chip);
      }
  }
  return results;
}

}  // namespace difftrack::detector
