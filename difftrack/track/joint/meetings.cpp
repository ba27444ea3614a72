// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/meetings.hpp"

#include <algorithm>

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// move_cost(); `present`(hit) is what a hit costs as it is joined now.
template <class Present>
double move_cost(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links, std::int32_t s,
                 const Present& present) {
  const auto node = [&](std::int32_t hit, std::int32_t up, std::int32_t down) {
    return node_cost(energy, graph, hit, up, down);
  };
  const std::int32_t a = graph.shallow[at(s)], b = graph.deep[at(s)];
  const std::int32_t up = links.up[at(a)], down = links.down[at(b)];
  const std::int32_t from_a = links.down[at(a)], to_b = links.up[at(b)];
  const double joined = link_cost(energy, s) + node(a, up, s) + node(b, s, down);
  if (from_a == s) return node(a, up, kNoSegment) + node(b, kNoSegment, down) - joined;
  double cost = joined - present(a) - present(b) - link_cost(energy, from_a) - link_cost(energy, to_b);
  double alone = 0.0;  // the two hits that lose their partner, each by itself
  const std::int32_t left = from_a == kNoSegment ? -1 : graph.deep[at(from_a)];
  const std::int32_t lost = to_b == kNoSegment ? -1 : graph.shallow[at(to_b)];
  if (left >= 0) {
    cost -= present(left);
    alone += node(left, kNoSegment, links.down[at(left)]);
  }
  if (lost >= 0) {
    cost -= present(lost);
    alone += node(lost, links.up[at(lost)], kNoSegment);
  }
  const std::int32_t other = left < 0 || lost < 0 ? kNoSegment : segment_between(graph, lost, left);
  if (other == kNoSegment) return cost + alone;
  return cost + std::min(alone, link_cost(energy, other) + node(lost, links.up[at(lost)], other) +
                                    node(left, other, links.down[at(left)]));
}

}  // namespace

double move_cost(const graph::HitGraph& graph, const FrameEnergy& energy, const Links& links, std::int32_t segment) {
  return move_cost(graph, energy, links, segment, [&](std::int32_t hit) {
    return node_cost(energy, graph, hit, links.up[at(hit)], links.down[at(hit)]);
  });
}

std::vector<std::int32_t> chain_heads(const event::Frame& frame, const graph::HitGraph& graph, const Links& links) {
  std::vector<std::int32_t> head(links.up.size());
  for (std::int32_t layer = 0; layer < frame.n_layers(); ++layer)
    for (auto h = frame.begin(layer); h < frame.end(layer); ++h) {
      const std::int32_t up = links.up[at(h)];
      head[at(h)] = up == kNoSegment ? h : head[at(graph.shallow[at(up)])];
    }
  return head;
}

std::vector<Meeting> find_meetings(const event::Frame& frame, const graph::HitGraph& graph, const FrameEnergy& energy,
                                   LayerPairs& pairs, const Links& links, double gate,
                                   std::span<const std::uint8_t> moved) {
  const std::vector<std::int32_t> head = chain_heads(frame, graph, links);
  std::vector<double> present(links.up.size());
  for (std::size_t h = 0; h < present.size(); ++h)
    present[h] = node_cost(energy, graph, static_cast<std::int32_t>(h), links.up[h], links.down[h]);
  std::vector<Meeting> meetings;
  for (const std::int32_t s : pairs.candidates(links, moved)) {
    const std::int32_t a = graph.shallow[at(s)], b = graph.deep[at(s)];
    const double cost = move_cost(graph, energy, links, s, [&](std::int32_t hit) { return present[at(hit)]; });
    const auto [low, high] = std::minmax(head[at(a)], head[at(b)]);
    if (cost < gate) meetings.push_back({{a, b}, {low, high}, frame.hits.layer[at(a)], cost});
  }
  std::stable_sort(meetings.begin(), meetings.end(),
                   [](const Meeting& x, const Meeting& y) { return x.heads < y.heads; });
  return meetings;
}

std::vector<Meeting> one_per_pair(const std::vector<Meeting>& meetings) {
  std::vector<Meeting> result = meetings;
  const auto last =
      std::unique(result.begin(), result.end(), [](const Meeting& x, const Meeting& y) { return x.heads == y.heads; });
  result.erase(last, result.end());
  return result;
}

}  // namespace difftrack::track
