// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/hot_pixels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "difftrack/detector/pixels/pixel_order.hpp"

namespace difftrack::detector {
namespace {

/// How often one pixel fired.
struct Firings {
  std::uint64_t place;
  std::int64_t count;
  std::size_t block;  ///< region within its layer
  bool hot = false;
};

std::size_t layer_slot(std::uint64_t place) { return static_cast<std::size_t>(layer_of(place)); }

/// Firings of a region and its pixels, hot ones left out.
struct Region {
  std::int64_t firings = 0;
  std::int64_t pixels = 0;
  double mean() const {
    return static_cast<double>(firings + 1) / static_cast<double>(std::max<std::int64_t>(pixels, 1));
  }
};

/// Counts each pixel once per readout, ordered by place. A place may be listed twice in one readout.
std::vector<Firings> count_firings(const PixelOrder& order) {
  std::vector<std::uint64_t> places;
  places.reserve(order.place.size());
  for (std::size_t f = 0; f + 1 < order.frame_begin.size(); ++f)
    std::unique_copy(order.place.begin() + order.frame_begin[f], order.place.begin() + order.frame_begin[f + 1],
                     std::back_inserter(places));
  std::sort(places.begin(), places.end());
  std::vector<Firings> firings;
  for (const std::uint64_t place : places) {
    if (firings.empty() || firings.back().place != place) firings.push_back({place, 0, 0});
    ++firings.back().count;
  }
  return firings;
}

/// The blocks of one layer; the last ones in a row or column may be smaller.
struct Blocks {
  Blocks(const PixelMatrix& m, std::int32_t side)
      : side_(side), columns_((m.columns + side - 1) / side), rows_((m.rows + side - 1) / side), matrix_(m) {}
  std::size_t per_layer() const { return static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_); }
  std::size_t index(std::uint64_t place) const {
    return static_cast<std::size_t>(row_of(place) / side_) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column_of(place) / side_);
  }
  std::int64_t pixels(std::size_t block) const {
    const auto c = static_cast<std::int32_t>(block % static_cast<std::size_t>(columns_));
    const auto r = static_cast<std::int32_t>(block / static_cast<std::size_t>(columns_));
    return static_cast<std::int64_t>(std::min(side_, matrix_.columns - c * side_)) *
           std::min(side_, matrix_.rows - r * side_);
  }

 private:
  std::int32_t side_, columns_, rows_;
  PixelMatrix matrix_;
};

/// One round: rates without the pixels that are hot so far, then the test. Returns how many became hot.
std::int64_t mark_hot(std::vector<Firings>& firings, const Blocks& blocks, std::size_t n_layers, double significance) {
  std::vector<Region> local(n_layers * blocks.per_layer()), whole(n_layers);
  for (std::size_t l = 0; l < n_layers; ++l)
    for (std::size_t b = 0; b < blocks.per_layer(); ++b) {
      local[l * blocks.per_layer() + b].pixels = blocks.pixels(b);
      whole[l].pixels += blocks.pixels(b);
    }
  for (const Firings& f : firings)
    for (Region* region : {&local[layer_slot(f.place) * blocks.per_layer() + f.block], &whole[layer_slot(f.place)]}) {
      if (f.hot) --region->pixels;
      if (!f.hot) region->firings += f.count;
    }
  std::int64_t marked = 0;
  for (Firings& f : firings) {
    if (f.hot) continue;
    const double mean =
        std::max(local[layer_slot(f.place) * blocks.per_layer() + f.block].mean(), whole[layer_slot(f.place)].mean());
    if (static_cast<double>(f.count) <= mean || poisson_tail(f.count, mean) >= significance) continue;
    f.hot = true;
    ++marked;
  }
  return marked;
}

}  // namespace

double poisson_tail(std::int64_t k, double mean) {
  if (k <= 0) return 1.0;
  if (mean <= 0.0) return 0.0;
  const auto kd = static_cast<double>(k);
  if (kd <= mean) {  // the lower part is the smaller sum of positive terms
    double below = 0.0;
    for (std::int64_t j = 0; j < k; ++j)
      below += std::exp(static_cast<double>(j) * std::log(mean) - mean - std::lgamma(static_cast<double>(j) + 1.0));
    return std::max(0.0, 1.0 - below);
  }
  double term = 1.0, sum = 1.0;
  for (double j = kd + 1.0; term > 1e-17 * sum; j += 1.0) {
    term *= mean / j;
    sum += term;
  }
  return sum * std::exp(kd * std::log(mean) - mean - std::lgamma(kd + 1.0));
}

bool HotPixels::contains(std::int32_t layer, std::int32_t row, std::int32_t column) const {
  return std::binary_search(places.begin(), places.end(), pixel_place(layer, row, column));
}

FindHotPixels::FindHotPixels(const Config& config) : config_(config) { core::check_fields(config, ""); }

HotPixels FindHotPixels::operator()(const event::Pixels& pixels, const Detector& detector) const {
  const PixelOrder order = order_pixels(pixels, detector, 0);
  const std::size_t n_layers = detector.layers.size();
  const Blocks blocks(detector.pixels, config_.block);
  std::vector<Firings> firings = count_firings(order);
  for (Firings& f : firings) f.block = blocks.index(f.place);

  const double tested = static_cast<double>(detector.pixels.columns) * detector.pixels.rows *
                        static_cast<double>(std::max<std::size_t>(n_layers, 1));
  for (std::int32_t round = 0; round < config_.max_rounds; ++round)
    if (mark_hot(firings, blocks, n_layers, config_.false_positives / tested) == 0) break;

  HotPixels result;
  result.readouts = static_cast<std::int64_t>(order.frame_begin.size()) - 1;
  result.layers.resize(n_layers);
  for (const Firings& f : firings) {
    HotPixelCount& layer = result.layers[layer_slot(f.place)];
    ++layer.fired_pixels;
    layer.rows += f.count;
    if (!f.hot) continue;
    ++layer.hot_pixels;
    layer.hot_rows += f.count;
    result.places.push_back(f.place);
  }
  for (HotPixelCount& layer : result.layers) {
    const double readouts = static_cast<double>(std::max<std::int64_t>(result.readouts, 1));
    layer.rate_before = static_cast<double>(layer.rows) / readouts;
    layer.rate_after = static_cast<double>(layer.rows - layer.hot_rows) / readouts;
  }
  return result;
}

event::Pixels mask_pixels(const event::Pixels& pixels, const HotPixels& hot) {
  event::Pixels kept;
  for (std::size_t i = 0; i < pixels.size(); ++i)
    if (!hot.contains(pixels.layer[i], pixels.row[i], pixels.column[i])) event::append_row(kept, pixels, i);
  return kept;
}

std::string describe(const HotPixels& hot) {
  std::string text = fmt::format("{} readouts\n{:>5} {:>12} {:>10} {:>14} {:>18} {:>18}\n", hot.readouts, "layer",
                                 "fired pixels", "hot pixels", "removed", "pixels/readout", "after masking");
  const auto percent = [](std::int64_t part, std::int64_t all) {
    return all > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 0.0;
  };
  HotPixelCount total;
  const auto line = [&](const std::string& name, const HotPixelCount& c) {
    text += fmt::format("{:>5} {:>12} {:>10} {:>12.1f} % {:>18.2f} {:>18.2f}\n", name, c.fired_pixels, c.hot_pixels,
                        percent(c.hot_rows, c.rows), c.rate_before, c.rate_after);
  };
  for (std::size_t l = 0; l < hot.layers.size(); ++l) {
    const HotPixelCount& c = hot.layers[l];
    line(std::to_string(l), c);
    total.fired_pixels += c.fired_pixels;
    total.hot_pixels += c.hot_pixels;
    total.rows += c.rows;
    total.hot_rows += c.hot_rows;
    total.rate_before += c.rate_before;
    total.rate_after += c.rate_after;
  }
  line("all", total);
  return text;
}

}  // namespace difftrack::detector
