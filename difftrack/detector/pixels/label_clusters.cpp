// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/detector/pixels/cluster_pixels.hpp"
#include "difftrack/detector/pixels/pixel_order.hpp"

namespace difftrack::detector {
namespace {

constexpr std::uint64_t kOneRow = pixel_place(0, 1, 0);

/// Union–find with the smaller index as root, so that a root is the cluster's first pixel; paths are halved.
std::int32_t find_root(std::vector<std::int32_t>& parent, std::int32_t i) {
  while (parent[static_cast<std::size_t>(i)] != i) {
    auto& up = parent[static_cast<std::size_t>(i)];
    up = parent[static_cast<std::size_t>(up)];
    i = up;
  }
  return i;
}

void join(std::vector<std::int32_t>& parent, std::int64_t a, std::int64_t b) {
  const std::int32_t ra = find_root(parent, static_cast<std::int32_t>(a));
  const std::int32_t rb = find_root(parent, static_cast<std::int32_t>(b));
  parent[static_cast<std::size_t>(std::max(ra, rb))] = std::min(ra, rb);
}

struct ChipEdges {
  std::int32_t chip_columns, chip_rows;
  bool same_chip(std::uint64_t a, std::uint64_t b) const {
    return column_of(a) / chip_columns == column_of(b) / chip_columns && row_of(a) / chip_rows == row_of(b) / chip_rows;
  }
};

/// Labels [begin, end) of the order, one frame: every pixel looks left and at the two or three pixels above it, which a
/// second pointer follows through the row before; each pixel is visited a bounded number of times.
void label_frame(const PixelOrder& order, std::size_t begin, std::size_t end, const Neighbourhood& neighbourhood,
                 const ChipEdges& edges, std::vector<std::int32_t>& parent) {
  const std::uint64_t* place = order.place.data();
  const std::uint64_t reach = neighbourhood.connectivity == 8 ? 1 : 0;
  const auto may_join = [&](std::uint64_t a, std::uint64_t b) {
    return neighbourhood.across_chips || edges.same_chip(a, b);
  };
  std::size_t above = begin;
  for (std::size_t i = begin; i < end; ++i) {
    parent[i] = static_cast<std::int32_t>(i);
    if (i > begin && place[i - 1] == place[i]) {
      join(parent, static_cast<std::int64_t>(i - 1), static_cast<std::int64_t>(i));
      continue;
    }
    if (i > begin && column_of(place[i]) > 0 && place[i - 1] + 1 == place[i] && may_join(place[i - 1], place[i]))
      join(parent, static_cast<std::int64_t>(i - 1), static_cast<std::int64_t>(i));
    if (row_of(place[i]) == 0) continue;
    const std::uint64_t straight = place[i] - kOneRow;
    const std::uint64_t first = column_of(place[i]) == 0 ? straight : straight - reach;
    while (above < i && place[above] < first) ++above;
    for (std::size_t j = above; j < i && place[j] <= straight + reach; ++j)
      if (may_join(place[j], place[i])) join(parent, static_cast<std::int64_t>(j), static_cast<std::int64_t>(i));
  }
}

ChipEdges chip_edges(const PixelMatrix& m) {
  return {m.chip_columns > 0 ? m.chip_columns : m.columns, m.chip_rows > 0 ? m.chip_rows : m.rows};
}

void check_connectivity(const Neighbourhood& neighbourhood) {
  if (neighbourhood.connectivity != 4 && neighbourhood.connectivity != 8)
    throw core::InputError({"", "connectivity", std::to_string(neighbourhood.connectivity)}, "must be 4 or 8");
}

}  // namespace

std::vector<std::int32_t> label_clusters(const PixelOrder& order, const Detector& detector,
                                         const Neighbourhood& neighbourhood, int threads) {
  check_connectivity(neighbourhood);
  const ChipEdges edges = chip_edges(detector.pixels);
  const std::size_t n = order.row.size();
  std::vector<std::int32_t> parent(n);
  core::parallel_for(static_cast<std::int64_t>(order.frame_begin.size()) - 1, threads, [&](std::int64_t f) {
    const auto slot = static_cast<std::size_t>(f);
    label_frame(order, static_cast<std::size_t>(order.frame_begin[slot]),
                static_cast<std::size_t>(order.frame_begin[slot + 1]), neighbourhood, edges, parent);
  });
  std::vector<std::int32_t> label_of_root(n), labels(n);
  std::int32_t next = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto root = static_cast<std::size_t>(find_root(parent, static_cast<std::int32_t>(i)));
    if (root == i) label_of_root[i] = next++;
    labels[order.row[i]] = label_of_root[root];
  }
  return labels;
}

std::vector<std::int32_t> label_clusters_by_flood_fill(const event::Pixels& pixels, const Detector& detector,
                                                       const Neighbourhood& neighbourhood) {
  check_connectivity(neighbourhood);
  using Place = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t>;  // frame, layer, row, column
  const ChipEdges edges = chip_edges(detector.pixels);
  const auto place_of = [&](std::size_t i) {
    return Place{pixels.frame[i], pixels.layer[i], pixels.row[i], pixels.column[i]};
  };
  std::map<Place, std::int32_t> label_at;
  for (std::size_t i = 0; i < pixels.size(); ++i) label_at[place_of(i)] = -1;
  std::int32_t next = 0;
  for (auto& [seed, seed_label] : label_at) {
    if (seed_label >= 0) continue;
    seed_label = next;
    std::deque<Place> to_visit{seed};
    while (!to_visit.empty()) {
      const auto [frame, layer, row, column] = to_visit.front();
      to_visit.pop_front();
      for (std::int32_t dr = -1; dr <= 1; ++dr)
        for (std::int32_t dc = -1; dc <= 1; ++dc) {
          if (neighbourhood.connectivity == 4 && dr != 0 && dc != 0) continue;
          const auto found = label_at.find({frame, layer, row + dr, column + dc});
          if (found == label_at.end() || found->second >= 0) continue;
          const bool same_chip = row / edges.chip_rows == (row + dr) / edges.chip_rows &&
                                 column / edges.chip_columns == (column + dc) / edges.chip_columns;
          if (!same_chip && !neighbourhood.across_chips) continue;
          found->second = next;
          to_visit.push_back(found->first);
        }
    }
    ++next;
  }
  std::vector<std::int32_t> labels(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) labels[i] = label_at[place_of(i)];
  return labels;
}

}  // namespace difftrack::detector
