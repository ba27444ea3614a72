// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/straightness.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"

namespace difftrack::track {

std::int32_t first_dense_layer(const event::Frame& frame) {
  std::vector<double> gaps;
  for (std::int32_t layer = 0; layer + 1 < frame.n_layers(); ++layer) {
    const auto here = static_cast<std::size_t>(frame.begin(layer)),
               next = static_cast<std::size_t>(frame.begin(layer + 1));
    gaps.push_back(std::abs(static_cast<double>(frame.hits.z[next]) - static_cast<double>(frame.hits.z[here])));
  }
  if (gaps.empty()) return 0;
  const double limit = 2.0 * *std::min_element(gaps.begin(), gaps.end());
  return static_cast<std::int32_t>(std::find_if(gaps.begin(), gaps.end(), [&](double g) { return g <= limit; }) -
                                   gaps.begin());
}

SegmentAssignment assign_by_straightness(const event::Frame& frame, const graph::HitGraph& graph,
                                         const StraightnessConfig& config) {
  SegmentAssignment result{std::vector<std::uint8_t>(graph.size(), 0), std::vector<float>(graph.size(), 0.0F)};
  const std::int32_t n_layers = frame.n_layers();
  const Direction axis{0.0, 0.0, 1.0};
  std::vector<Direction> arrived(frame.hits.size()), left(frame.hits.size());  // assigned segments at each hit
  assign::Workspace workspace;
  const std::int32_t start = config.first_layer < 0 ? first_dense_layer(frame) : config.first_layer;
  const std::int32_t first_layer = config.from == Side::Front ? start : n_layers;
  for (const SweepStep step : sweep_order(n_layers, first_layer)) {
    const auto pair = static_cast<std::size_t>(n_layers - 2 - step.layer);
    const auto begin = static_cast<std::size_t>(graph.pair_begin[pair]);
    const auto end = static_cast<std::size_t>(graph.pair_begin[pair + 1]);
    std::vector<double> costs;
    costs.reserve(end - begin);
    for (auto s = begin; s < end; ++s) {
      const Direction& before = step.downstream ? arrived[static_cast<std::size_t>(graph.shallow[s])]
                                                : left[static_cast<std::size_t>(graph.deep[s])];
      const double angle = angle_between(before.known() ? before : axis, segment_direction(frame, graph, s));
      costs.push_back(angle);
      result.scores[s] = static_cast<float>(std::max(0.0, 1.0 - angle / (0.5 * std::numbers::pi)));
    }
    for (const auto s : solve_pair(frame, graph, pair, std::move(costs), {}, workspace)) {
      result.assigned[s] = 1;
      arrived[static_cast<std::size_t>(graph.deep[s])] = segment_direction(frame, graph, s);
      left[static_cast<std::size_t>(graph.shallow[s])] = segment_direction(frame, graph, s);
    }
  }
  return result;
}

}  // namespace difftrack::track
