// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixel_repeats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <vector>

#include "difftrack/core/error.hpp"

namespace difftrack::detector {
namespace {

/// One row, ordered by pixel, then readout, then place in the file.
struct Firing {
  std::int32_t layer, row, column, frame;
  std::size_t at;

  bool same_pixel(const Firing& other) const {
    return layer == other.layer && row == other.row && column == other.column;
  }
  bool operator<(const Firing& other) const {
    return std::tie(layer, row, column, frame, at) <
           std::tie(other.layer, other.row, other.column, other.frame, other.at);
  }
};

std::vector<Firing> sorted_firings(const event::Pixels& pixels) {
  const auto check = [&](const std::vector<std::int32_t>& values, const char* name) {
    if (values.size() != pixels.size())
      throw core::InputError({"", name, fmt::format("{} rows", values.size())},
                             fmt::format("must have one entry per pixel ({})", pixels.size()));
  };
  check(pixels.layer, "layer");
  check(pixels.row, "row");
  check(pixels.column, "column");
  std::vector<Firing> firings(pixels.size());
  for (std::size_t i = 0; i < firings.size(); ++i)
    firings[i] = {pixels.layer[i], pixels.row[i], pixels.column[i], pixels.frame[i], i};
  std::sort(firings.begin(), firings.end());
  return firings;
}

bool is_duplicate(const std::vector<Firing>& firings, std::size_t i) {
  return i > 0 && firings[i].same_pixel(firings[i - 1]) && firings[i].frame == firings[i - 1].frame;
}

/// Of a row that is no duplicate: whether its pixel fired one readout earlier. Its last row before then is of that one.
bool is_repeat(const std::vector<Firing>& firings, std::size_t i) {
  return i > 0 && firings[i].same_pixel(firings[i - 1]) && std::int64_t{firings[i].frame} - firings[i - 1].frame == 1;
}

/// Readouts of a file, and how many of them follow one whose number is one less.
struct ReadoutCount {
  std::int64_t readouts = 0, successive = 0;
};

ReadoutCount count_readouts(std::vector<std::int32_t> frames) {
  std::sort(frames.begin(), frames.end());
  frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  ReadoutCount count{static_cast<std::int64_t>(frames.size()), 0};
  for (std::size_t i = 1; i < frames.size(); ++i)
    if (std::int64_t{frames[i]} - frames[i - 1] == 1) ++count.successive;
  return count;
}

}  // namespace

bool RepeatedPixels::suspicious() const {
  const double excess = static_cast<double>(repeats) - by_chance;
  return static_cast<double>(repeats) > 2.0 * by_chance && excess > 0.05 * static_cast<double>(rows) &&
         excess > 10.0 + 5.0 * std::sqrt(by_chance);
}

RepeatedPixels find_repeats(const event::Pixels& pixels) {
  const std::vector<Firing> firings = sorted_firings(pixels);
  RepeatedPixels found;
  double pairs = 0.0;  // of firings of one pixel, each pair twice
  double n = 0.0;      // firings of this pixel so far
  for (std::size_t i = 0; i < firings.size(); ++i) {
    if (i == 0 || !firings[i].same_pixel(firings[i - 1])) n = 0.0;
    if (is_duplicate(firings, i)) {
      ++found.duplicates;
      continue;
    }
    ++found.rows;
    if (is_repeat(firings, i)) ++found.repeats;
    pairs += 2.0 * n;  // n (n + 1) - (n - 1) n
    n += 1.0;
  }
  const ReadoutCount count = count_readouts(pixels.frame);
  const auto readouts = static_cast<double>(count.readouts);
  if (count.readouts > 1)
    found.by_chance = static_cast<double>(count.successive) * pairs / (readouts * (readouts - 1.0));
  return found;
}

event::Pixels drop_repeats(const event::Pixels& pixels) {
  const std::vector<Firing> firings = sorted_firings(pixels);
  std::vector<std::size_t> kept;
  kept.reserve(firings.size());
  for (std::size_t i = 0; i < firings.size(); ++i)
    if (!is_duplicate(firings, i) && !is_repeat(firings, i)) kept.push_back(firings[i].at);
  std::sort(kept.begin(), kept.end());
  return event::select_rows(pixels, kept);
}

}  // namespace difftrack::detector
