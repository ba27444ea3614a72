// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/joint_assignment.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"

namespace difftrack::track {

JointAssignment::JointAssignment(const detector::Detector& detector, Likelihood likelihood, const JointConfig& config,
                                 const PhysicsConfig& physics)
    : likelihood_(std::move(likelihood)),
      config_(config),
      expectation_(detector, physics),
      first_layer_(detector.n_tracker_layers) {
  core::check_fields(config, "");
}

JointDecision JointAssignment::operator()(const event::Frame& frame, const graph::HitGraph& graph) const {
  const FrameEnergy energy = build_frame_energy(frame, graph, likelihood_, expectation_);
  JointDecision decision;
  Links links = Links::none(frame.hits.size());
  LayerPairs pairs(frame, graph, energy);
  if (frame.n_layers() > 1) {
    const std::int32_t first = std::min(first_layer_, frame.n_layers() - 2);
    links = pairs.start(first, expectation_.beam(frame, expectation_.range(frame), first));
    decision.counts = lower_energy(frame, graph, energy, config_.search, pairs, links);
  }
  decision.confidence = link_confidence(frame, graph, energy, pairs,
                                        {.gate = config_.search.pair_gate,
                                         .min_confidence = config_.min_confidence,
                                         .temperature = likelihood_.temperature,
                                         .secondary_acceptance = likelihood_.secondary_acceptance},
                                        links);
  decision.assigned = assigned_of(links, graph.size());
  decision.scores.assign(graph.size(), 0.0F);
  for (std::size_t h = 0; h < links.up.size(); ++h)
    if (links.up[h] != kNoSegment) decision.scores[static_cast<std::size_t>(links.up[h])] = decision.confidence.link[h];
  return decision;
}

}  // namespace difftrack::track
