// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/plain_search.hpp"

#include <limits>

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

void cut(const graph::HitGraph& graph, std::int32_t s, Links& links) {
  if (s == kNoSegment) return;
  links.down[at(graph.shallow[at(s)])] = kNoSegment;
  links.up[at(graph.deep[at(s)])] = kNoSegment;
}

void join(const graph::HitGraph& graph, std::int32_t s, Links& links) {
  links.down[at(graph.shallow[at(s)])] = s;
  links.up[at(graph.deep[at(s)])] = s;
}

/// The answer with a segment cut where it is chosen, and forced where it is not.
Links moved(const graph::HitGraph& graph, const Links& from, std::int32_t s) {
  Links links = from;
  const std::int32_t a = graph.shallow[at(s)], b = graph.deep[at(s)];
  const std::int32_t from_a = links.down[at(a)], to_b = links.up[at(b)];
  cut(graph, from_a, links);
  if (from_a == s) return links;
  cut(graph, to_b, links);
  join(graph, s, links);
  if (from_a == kNoSegment || to_b == kNoSegment) return links;
  const std::int32_t other = segment_between(graph, graph.shallow[at(to_b)], graph.deep[at(from_a)]);
  if (other != kNoSegment) join(graph, other, links);
  return links;
}

void visit_answers(const graph::HitGraph& graph, const FrameEnergy& energy, std::size_t s, Links& links, double& lowest,
                   Links& best) {
  if (s == graph.size()) {
    const double e = total_energy(energy, graph, links);
    if (e < lowest) {
      lowest = e;
      best = links;
    }
    return;
  }
  visit_answers(graph, energy, s + 1, links, lowest, best);
  if (links.down[at(graph.shallow[s])] != kNoSegment || links.up[at(graph.deep[s])] != kNoSegment) return;
  join(graph, static_cast<std::int32_t>(s), links);
  visit_answers(graph, energy, s + 1, links, lowest, best);
  cut(graph, static_cast<std::int32_t>(s), links);
}

}  // namespace

double lower_energy_plainly(const graph::HitGraph& graph, const FrameEnergy& energy, Links& links) {
  constexpr double kRounding = 1e-6;
  double present = total_energy(energy, graph, links);
  const auto keep_if_lower = [&](const Links& other) {
    const double e = total_energy(energy, graph, other);
    if (!(e < present - kRounding)) return false;
    present = e;
    links = other;
    return true;
  };
  const auto n = static_cast<std::int32_t>(graph.size());
  for (bool any = true; any;) {
    any = false;
    for (std::int32_t s = 0; s < n; ++s) {
      any = keep_if_lower(moved(graph, links, s)) || any;
      for (std::int32_t t = 0; t < n; ++t)
        if (s != t) any = keep_if_lower(moved(graph, moved(graph, links, s), t)) || any;
    }
  }
  return present;
}

double lowest_energy(const graph::HitGraph& graph, const FrameEnergy& energy, Links& links) {
  double lowest = std::numeric_limits<double>::infinity();
  Links answer = Links::none(links.up.size());
  visit_answers(graph, energy, 0, answer, lowest, links);
  return lowest;
}

}  // namespace difftrack::track
