// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/straightness.hpp"

#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"

namespace difftrack::track {

SegmentAssignment assign_by_straightness(const event::Frame& frame, const graph::HitGraph& graph,
                                         const StraightnessConfig& config) {
  if (config.from != "front" && config.from != "deep")
    throw core::InputError({"", "from", config.from}, "must be \"front\" or \"deep\"");
  const bool from_front = config.from == "front";
  SegmentAssignment result{std::vector<std::uint8_t>(graph.size(), 0), std::vector<float>(graph.size(), 0.0F)};
  const std::size_t n_pairs = graph.pair_begin.empty() ? 0 : graph.pair_begin.size() - 1;
  const Direction axis{0.0, 0.0, 1.0};
  std::vector<Direction> known(frame.hits.size());
  assign::Workspace workspace;
  for (std::size_t i = 0; i < n_pairs; ++i) {
    const std::size_t pair = from_front ? n_pairs - 1 - i : i;
    const auto begin = static_cast<std::size_t>(graph.pair_begin[pair]);
    const auto end = static_cast<std::size_t>(graph.pair_begin[pair + 1]);
    std::vector<double> costs;
    costs.reserve(end - begin);
    for (auto s = begin; s < end; ++s) {
      const Direction& before = known[static_cast<std::size_t>(from_front ? graph.shallow[s] : graph.deep[s])];
      const double angle = angle_between(before.known() ? before : axis, segment_direction(frame, graph, s));
      costs.push_back(angle);
      result.scores[s] = static_cast<float>(std::max(0.0, 1.0 - angle / (0.5 * std::numbers::pi)));
    }
    for (const auto s : solve_pair(frame, graph, pair, std::move(costs), {}, workspace)) {
      result.assigned[s] = 1;
      known[static_cast<std::size_t>(from_front ? graph.deep[s] : graph.shallow[s])] =
          segment_direction(frame, graph, s);
    }
  }
  return result;
}

}  // namespace difftrack::track
