// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/joint_assignment.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/track/joint/bridges.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"
#include "difftrack/track/joint/meetings.hpp"
#include "difftrack/track/joint/secondary_odds.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

constexpr double kLooseLink = 10.0;  // nats that a link gains: with fewer its hits are open to segments of wide angles

/// The layer pairs in which a new segment costs less than its ends leaving: only there can an answer that no move
/// lowers have become better than before.
std::vector<std::uint8_t> pairs_to_solve(const event::Frame& frame, const graph::WidenedGraph& wide,
                                         const FrameEnergy& energy, const Links& links) {
  const graph::HitGraph& graph = wide.graph;
  std::vector<std::uint8_t> open(static_cast<std::size_t>(std::max(0, frame.n_layers() - 1)), 0);
  std::size_t old = 0;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    if (old < wide.place.size() && static_cast<std::size_t>(wide.place[old]) == s) {
      ++old;
      continue;
    }
    const std::int32_t a = graph.shallow[s], b = graph.deep[s], segment = static_cast<std::int32_t>(s);
    const std::int32_t up = links.up[static_cast<std::size_t>(a)], down = links.down[static_cast<std::size_t>(b)];
    const double joined = link_cost(energy, segment) + node_cost(energy, graph, a, up, segment) +
                          node_cost(energy, graph, b, segment, down);
    const double leaving = node_cost(energy, graph, b, kNoSegment, down) + node_cost(energy, graph, a, up, kNoSegment);
    if (joined < leaving) open[static_cast<std::size_t>(frame.hits.layer[static_cast<std::size_t>(a)])] = 1;
  }
  return open;
}

}  // namespace

JointAssignment::JointAssignment(const detector::Detector& detector, Likelihood likelihood, const JointConfig& config,
                                 const PhysicsConfig& physics)
    : likelihood_(std::move(likelihood)),
      config_(config),
      expectation_(detector, physics),
      wider_(joint_graph_config(detector, likelihood_.link_angle)),
      pitch_(std::max(detector.pixels.pitch_x, detector.pixels.pitch_y)),
      first_layer_(detector.n_tracker_layers) {
  core::check_fields(config, "");
}

JointDecision JointAssignment::operator()(const event::Frame& frame, graph::HitGraph graph) const {
  return conclude(frame, search(frame, std::move(graph)));
}

JointState JointAssignment::search(const event::Frame& frame, graph::HitGraph graph) const {
  JointState state{std::move(graph), {}, Links::none(frame.hits.size()), {}};
  state.energy = build_frame_energy(frame, state.graph, likelihood_, expectation_);
  if (frame.n_layers() <= 1) return state;
  LayerPairs pairs(frame, state.graph, state.energy);
  const std::int32_t first = std::min(first_layer_, frame.n_layers() - 2);
  state.links = pairs.start(first, expectation_.beam(frame, expectation_.range(frame), first));
  state.counts = lower_energy(frame, state.graph, state.energy, config_.search, pairs, state.links);
  widen(frame, state);
  return state;
}

void JointAssignment::search_on(const event::Frame& frame, JointState& state) const {
  LayerPairs pairs(frame, state.graph, state.energy);
  const JointSearchCounts more = lower_energy(frame, state.graph, state.energy, config_.search, pairs, state.links);
  state.counts += more;
}

JointDecision JointAssignment::conclude(const event::Frame& frame, JointState state) const {
  const FrameEnergy& energy = state.energy;
  Links& links = state.links;
  JointDecision decision;
  decision.graph = std::move(state.graph);
  decision.counts = state.counts;
  const Links whole = links;
  LayerPairs pairs(frame, decision.graph, energy);
  decision.confidence = link_confidence(frame, decision.graph, energy, pairs,
                                        {.gate = config_.search.pair_gate,
                                         .min_confidence = config_.min_confidence,
                                         .temperature = likelihood_.temperature},
                                        links);
  join_over_planes(frame, energy, whole, links, decision);
  decision.assigned = assigned_of(links, decision.graph.size());
  decision.scores.assign(decision.graph.size(), 0.0F);
  for (std::size_t h = 0; h < links.up.size(); ++h)
    if (links.up[h] != kNoSegment) decision.scores[static_cast<std::size_t>(links.up[h])] = decision.confidence.link[h];
  return decision;
}

void JointAssignment::join_over_planes(const event::Frame& frame, const FrameEnergy& energy, const Links& whole,
                                       const Links& links, JointDecision& decision) const {
  const std::size_t n_hits = frame.hits.size();
  decision.bridges = find_bridges(frame, decision.graph, energy, likelihood_, expectation_, links,
                                  {.missing_hits = config_.missing_hits,
                                   .min_confidence = config_.min_confidence,
                                   .pitch = pitch_,
                                   .widest = wider_.angles.max_angle_calorimeter});
  std::vector<std::int32_t> over(n_hits, -1);
  std::vector<std::int32_t> head = chain_heads(frame, decision.graph, links);
  const std::vector<std::int32_t> part = head;
  std::vector<float>&link = decision.confidence.link, &chain = decision.confidence.chain;
  std::vector<double> odds(n_hits, 0.0);  // against a whole chain, by its first hit
  for (std::size_t h = 0; h < n_hits; ++h)
    if (at(part[h]) == h) odds[h] = 1.0 / static_cast<double>(chain[h]) - 1.0;
  for (const Bridge& bridge : decision.bridges) {  // shallow ones first
    const std::int32_t first = head[at(part[at(bridge.from)])], second = part[at(bridge.to)];
    over[at(bridge.from)] = bridge.to;
    head[at(second)] = first;
    odds[at(first)] += odds[at(second)] + 1.0 / static_cast<double>(bridge.confidence) - 1.0;
    link[at(bridge.to)] = bridge.confidence;
  }
  // The chain's odds from exchanges and those of secondaries add.
  const std::vector<double> secondary =
      secondary_odds(frame, decision.graph, likelihood_, expectation_, whole, links, over);
  for (std::size_t h = 0; h < n_hits; ++h) {
    const std::size_t first = at(head[at(part[h])]);
    chain[h] = static_cast<float>(1.0 / (1.0 + odds[first] + secondary[first]));
  }
}

void JointAssignment::widen(const event::Frame& frame, JointState& state) const {
  Links& links = state.links;
  std::vector<std::uint8_t> open_down, open_up;
  const auto loose = [&](std::int32_t s) {  // none, or one that hardly holds
    return s == kNoSegment || move_cost(state.graph, state.energy, links, s) < kLooseLink;
  };
  for (std::size_t h = 0; h < links.up.size(); ++h) {
    open_down.push_back(loose(links.down[h]));
    open_up.push_back(loose(links.up[h]));
  }
  graph::WidenedGraph wide = graph::widen_hit_graph(frame, state.graph, wider_, open_down, open_up);
  if (!wide.any()) return;
  state.energy = widen_frame_energy(frame, wide, std::move(state.energy), likelihood_, expectation_);
  for (auto* sides : {&links.up, &links.down})
    for (std::int32_t& s : *sides)
      if (s != kNoSegment) s = wide.place[static_cast<std::size_t>(s)];
  const std::vector<std::uint8_t> open = pairs_to_solve(frame, wide, state.energy, links);
  state.graph = std::move(wide.graph);
  LayerPairs pairs(frame, state.graph, state.energy);
  const JointSearchCounts more = lower_energy(frame, state.graph, state.energy, config_.search, pairs, links, open);
  state.counts += more;
}

}  // namespace difftrack::track
