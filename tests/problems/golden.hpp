// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/graph/hit_graph.hpp"

/// The golden frames (tests/data/golden/README.md): what the published code computes, in our order.
namespace difftrack::problems {

struct GoldenFrame {
  std::string name;
  event::NpzFile file;
  event::Frame frame;
  graph::HitGraph graph;           ///< deep, shallow, pair_begin only
  std::vector<std::size_t> order;  ///< golden index of segment s
  std::vector<std::uint8_t> labels, touches_tracker;

  /// A per-segment array of the file in the order of `graph`.
  template <class T>
  std::vector<T> segments(const std::string& key) const {
    const auto values = file.values<T>(key);
    std::vector<T> sorted;
    for (const auto s : order) sorted.push_back(values.at(s));
    return sorted;
  }

  /// Scores from logits, in single precision as the published code takes them.
  std::vector<float> scores(const std::string& weights_and_mode) const {
    auto p = segments<float>(weights_and_mode + "_logits");
    for (float& x : p) x = 1.0F / (1.0F + std::exp(-x));
    return p;
  }
};

inline GoldenFrame golden_frame(const std::string& directory, const std::string& name) {
  GoldenFrame golden{name, event::NpzFile(directory + "/" + name + "_expected.npz"), {}, {}, {}, {}, {}};
  const auto position = golden.file.values<float>("hit_pos");
  auto& hits = golden.frame.hits;
  hits.edep = golden.file.values<float>("hit_edep");
  hits.layer = golden.file.values<std::int32_t>("hit_layer");
  hits.event = golden.file.values<std::int64_t>("hit_event");
  hits.primary = golden.file.values<std::uint8_t>("hit_primary");
  for (std::size_t h = 0; h < hits.layer.size(); ++h) {
    hits.x.push_back(position[3 * h]);
    hits.y.push_back(position[3 * h + 1]);
    hits.z.push_back(position[3 * h + 2]);
    hits.id.push_back(static_cast<std::int64_t>(h));
    if (h == 0 || hits.layer[h] != hits.layer[h - 1]) golden.frame.group_begin.push_back(static_cast<std::int32_t>(h));
  }
  golden.frame.group_begin.push_back(static_cast<std::int32_t>(hits.layer.size()));

  const auto deep = golden.file.values<std::int32_t>("segment_deep");
  const auto shallow = golden.file.values<std::int32_t>("segment_shallow");
  golden.order.resize(deep.size());
  std::iota(golden.order.begin(), golden.order.end(), std::size_t{0});
  std::sort(golden.order.begin(), golden.order.end(), [&](std::size_t a, std::size_t b) {
    return deep[a] != deep[b] ? deep[a] < deep[b] : shallow[a] < shallow[b];
  });
  auto& graph = golden.graph;
  graph.deep = golden.segments<std::int32_t>("segment_deep");
  graph.shallow = golden.segments<std::int32_t>("segment_shallow");
  for (std::size_t g = 0; g + 1 < golden.frame.group_begin.size(); ++g)
    graph.pair_begin.push_back(static_cast<std::int32_t>(
        std::lower_bound(graph.deep.begin(), graph.deep.end(), golden.frame.group_begin[g]) - graph.deep.begin()));
  golden.labels = golden.segments<std::uint8_t>("segment_label");
  golden.touches_tracker = golden.segments<std::uint8_t>("segment_touches_tracker");
  return golden;
}

inline std::vector<std::string> golden_names() { return {"water100_p50", "water150_p100", "water200_p50"}; }

}  // namespace difftrack::problems
