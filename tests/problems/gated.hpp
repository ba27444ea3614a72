// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "difftrack/core/random.hpp"
#include "difftrack/graph/hit_graph.hpp"

namespace difftrack::problems {

/// The graph with a gate that is drawn, no physics in it: of eight segments one has no kink, one has all, and one has
/// its limit exactly at one of its kinks, where rounding would show.
inline graph::HitGraph gated(graph::HitGraph graph, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  std::vector<float> widest;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto from = static_cast<std::int32_t>(s);
    const auto h = static_cast<std::size_t>(graph.shallow[s]);
    const auto meets = static_cast<std::uint32_t>(graph.start_begin[h + 1] - graph.start_begin[h]);
    const auto kind = random.below(8);
    if (kind == 0)
      widest.push_back(-1.0F);
    else if (kind == 1)
      widest.push_back(std::numeric_limits<float>::infinity());
    else if (kind == 2 && meets > 0)
      widest.push_back(
          graph::squared_chord(graph, from, graph.start_begin[h] + static_cast<std::int32_t>(random.below(meets))));
    else
      widest.push_back(static_cast<float>(0.05 * random.uniform()));
  }
  graph.widest_chord2 = std::move(widest);
  return graph;
}

}  // namespace difftrack::problems
