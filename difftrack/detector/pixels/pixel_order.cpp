// SPDX-License-Identifier: Apache-2.0
#include "difftrack/detector/pixels/pixel_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"

namespace difftrack::detector {
namespace {

void check_column(const std::vector<std::int32_t>& values, std::size_t rows, std::int32_t end, const char* name,
                  const char* what) {
  if (values.size() != rows)
    throw core::InputError({"", name, fmt::format("{} rows", values.size())},
                           fmt::format("must have one entry per pixel ({})", rows));
  for (std::size_t i = 0; i < rows; ++i)
    if (values[i] < 0 || values[i] >= end)
      throw core::InputError({"", fmt::format("{}, pixel {}", name, i), fmt::format("{}", values[i])},
                             fmt::format("lies outside the {} (0 to {})", what, end - 1));
}

}  // namespace

PixelOrder order_pixels(const event::Pixels& pixels, const Detector& detector, int threads) {
  const std::size_t n = pixels.size();
  check_column(pixels.layer, n, static_cast<std::int32_t>(detector.layers.size()), "layer", "detector's layers");
  check_column(pixels.column, n, detector.pixels.columns, "column", "pixel matrix");
  check_column(pixels.row, n, detector.pixels.rows, "row", "pixel matrix");

  PixelOrder order;
  order.row.resize(n);
  std::iota(order.row.begin(), order.row.end(), 0u);
  if (!std::is_sorted(pixels.frame.begin(), pixels.frame.end()))
    std::stable_sort(order.row.begin(), order.row.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return pixels.frame[a] < pixels.frame[b]; });
  for (std::size_t i = 0; i < n; ++i)
    if (i == 0 || pixels.frame[order.row[i]] != pixels.frame[order.row[i - 1]])
      order.frame_begin.push_back(static_cast<std::int64_t>(i));
  order.frame_begin.push_back(static_cast<std::int64_t>(n));

  order.place.resize(n);
  core::parallel_for(static_cast<std::int64_t>(order.frame_begin.size()) - 1, threads, [&](std::int64_t f) {
    const auto begin = static_cast<std::size_t>(order.frame_begin[static_cast<std::size_t>(f)]);
    const auto end = static_cast<std::size_t>(order.frame_begin[static_cast<std::size_t>(f) + 1]);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> keyed(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t r = order.row[i];
      keyed[i - begin] = {pixel_place(pixels.layer[r], pixels.row[r], pixels.column[r]), r};
    }
    if (!std::is_sorted(keyed.begin(), keyed.end())) std::sort(keyed.begin(), keyed.end());
    for (std::size_t i = begin; i < end; ++i) {
      order.place[i] = keyed[i - begin].first;
      order.row[i] = keyed[i - begin].second;
    }
  });
  return order;
}

}  // namespace difftrack::detector
