// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/line_graph.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::graph {

double kink_angle(const HitGraph& graph, std::int32_t from, std::int32_t to) {
  const auto a = static_cast<std::size_t>(from), b = static_cast<std::size_t>(to);
  const double dx = double{graph.ux[a]} - graph.ux[b];
  const double dy = double{graph.uy[a]} - graph.uy[b];
  const double dz = double{graph.uz[a]} - graph.uz[b];
  return 2.0 * std::asin(std::min(1.0, 0.5 * std::sqrt(dx * dx + dy * dy + dz * dz)));
}

LineGraph build_line_graph(const HitGraph& graph) {
  LineGraph kinks;
  const auto n = static_cast<std::size_t>(graph.n_kinks());
  kinks.from.reserve(n);
  kinks.to.reserve(n);
  kinks.theta.reserve(n);
  for (std::size_t h = 0; h + 1 < graph.start_begin.size(); ++h)
    for (auto k = graph.end_begin[h]; k < graph.end_begin[h + 1]; ++k)
      for (auto to = graph.start_begin[h]; to < graph.start_begin[h + 1]; ++to) {
        const auto from = graph.end_segment[static_cast<std::size_t>(k)];
        if (!graph.has_kink(from, to)) continue;
        kinks.from.push_back(from);
        kinks.to.push_back(to);
        kinks.theta.push_back(static_cast<float>(kink_angle(graph, from, to)));
      }
  return kinks;
}

}  // namespace difftrack::graph
