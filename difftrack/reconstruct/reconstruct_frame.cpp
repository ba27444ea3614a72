// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/reconstruct_frame.hpp"

#include <cmath>
#include <utility>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/link_context.hpp"
#include "difftrack/track/truth_tracks.hpp"

namespace difftrack::reconstruct {

std::vector<float> probabilities(std::span<const float> logits) {
  std::vector<float> scores(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) scores[i] = 1.0F / (1.0F + std::exp(-logits[i]));
  return scores;
}

namespace {

/// Chosen segments → chains → accepted tracks.
event::Tracks accepted_tracks(const event::Frame& frame, const FrameResult& result, const std::vector<float>& scores,
                              const detector::Thresholds& thresholds, std::span<const track::Bridge> bridges = {}) {
  return track::filter_tracks(frame, track::build_tracks(frame, result.graph, result.assigned, scores, bridges),
                              thresholds);
}

/// With the confidence of their chains, one per hit, and without tracks below the least.
event::Tracks with_confidence(event::Tracks tracks, const std::vector<float>& chain, double least) {
  for (std::size_t t = 0; t < tracks.size(); ++t)
    tracks.confidence.push_back(chain[static_cast<std::size_t>(tracks.hits[t].front())]);
  return track::without_doubtful(tracks, least);
}

}  // namespace

NetworkReconstruction::NetworkReconstruction(const detector::Detector& detector, network::SegmentScorer scorer,
                                             const assign::AssignConfig& assign)
    : graph_(detector, scorer.description()),
      thresholds_(detector.thresholds),
      scorer_(std::move(scorer)),
      assign_(assign) {
  assign_.threads = 1;
}

FrameResult NetworkReconstruction::operator()(const event::Frame& frame, Workspace& workspace) const {
  FrameResult result;
  result.graph = graph_(frame);
  result.logits = scorer_(frame, result.graph, workspace);
  const std::vector<float> scores = probabilities(result.logits);
  const assign::Segments segments{result.graph.deep, result.graph.shallow, result.graph.pair_begin,
                                  static_cast<std::int32_t>(frame.hits.size())};
  result.assigned = assign::assign_layers(segments, scores, assign_).assigned;
  result.tracks = accepted_tracks(frame, result, scores, thresholds_);
  return result;
}

SegmentReconstruction::SegmentReconstruction(const detector::Detector& detector, Choose choose)
    : filter_(graph::hit_graph_config(detector)), thresholds_(detector.thresholds), choose_(std::move(choose)) {}

FrameResult SegmentReconstruction::operator()(const event::Frame& frame, Workspace&) const {
  FrameResult result;
  result.graph = graph::build_hit_graph(frame, filter_);
  track::SegmentAssignment chosen = choose_(frame, result.graph);
  result.assigned = std::move(chosen.assigned);
  result.tracks = accepted_tracks(frame, result, chosen.scores, thresholds_);
  return result;
}

CombinedReconstruction::CombinedReconstruction(const detector::Detector& detector, network::SegmentScorer scorer,
                                               const track::PhysicsConfig& config)
    : graph_(detector, scorer.description()),
      thresholds_(detector.thresholds),
      scorer_(std::move(scorer)),
      physics_(detector, config) {}

FrameResult CombinedReconstruction::operator()(const event::Frame& frame, Workspace& workspace) const {
  FrameResult result;
  result.graph = graph_(frame);
  result.logits = scorer_(frame, result.graph, workspace);
  track::SegmentAssignment chosen = physics_(frame, result.graph, result.logits);
  result.assigned = std::move(chosen.assigned);
  result.tracks = accepted_tracks(frame, result, chosen.scores, thresholds_);
  return result;
}

PolicyNetwork::PolicyNetwork(const detector::Detector& detector, const network::Weights& weights,
                             const std::string& model, double weight)
    : graph(detector, network::description_of(weights, model), model), scorer(weights, model), reward_weight(weight) {
  const network::ParameterLayout layout = network::layout_of(weights, model);
  const network::FlatParameters flat = network::flatten(weights, layout, model);
  const network::PairHead head = network::pair_head_of(flat, layout);
  pair_numbers.assign(head.flat.begin(), head.flat.end());
}

PolicyReconstruction::PolicyReconstruction(const detector::Detector& detector, policy::PolicyAssignment policy,
                                           double min_track_confidence, std::optional<PolicyNetwork> network)
    : filter_(graph::hit_graph_config(detector)),
      thresholds_(detector.thresholds),
      policy_(std::move(policy)),
      min_track_confidence_(min_track_confidence),
      network_(std::move(network)) {}

FrameResult PolicyReconstruction::operator()(const event::Frame& frame, Workspace& workspace) const {
  FrameResult result;
  result.graph = network_ ? network_->graph(frame) : graph::build_hit_graph(frame, filter_);
  if (network_) result.logits = network_->scorer(frame, result.graph, workspace);
  policy::PolicyDecision chosen = network_
                                      ? policy_(frame, result.graph,
                                                {result.logits,
                                                 {network_->scorer.description().pair_width, network_->pair_numbers},
                                                 network_->reward_weight})
                                      : policy_(frame, result.graph);
  result.assigned = std::move(chosen.assigned);
  result.confidence = std::move(chosen.confidence.link);
  result.tracks = with_confidence(accepted_tracks(frame, result, chosen.scores, thresholds_), chosen.confidence.chain,
                                  min_track_confidence_);
  return result;
}

JointReconstruction::JointReconstruction(const detector::Detector& detector, track::Likelihood likelihood,
                                         const track::JointConfig& config, const track::PhysicsConfig& physics,
                                         std::optional<ResidualNetwork> network)
    : filter_(graph::hit_graph_config(detector)),
      thresholds_(detector.thresholds),
      min_track_confidence_(config.least_confidence(likelihood.particle)),
      joint_(detector, std::move(likelihood), config, physics),
      network_(std::move(network)) {}

FrameResult JointReconstruction::operator()(const event::Frame& frame, Workspace& workspace) const {
  FrameResult result;
  track::JointState state = joint_.search(frame, graph::build_hit_graph(frame, filter_));
  if (network_) {
    const auto doubt = track::undecided_segments(frame, state.graph, state.energy, state.links, network_->gate);
    const std::vector<float> logits =
        track::added_log_odds(doubt.graph, network_->scorer(frame, doubt.graph, workspace));
    result.logits.assign(state.graph.size(), 0.0F);
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const auto s = static_cast<std::size_t>(doubt.place[i]);
      result.logits[s] = logits[i];
      state.energy.link[s] -= logits[i];
    }
    joint_.search_on(frame, state);
  }
  track::JointDecision decision = joint_.conclude(frame, std::move(state));
  result.graph = std::move(decision.graph);
  result.assigned = std::move(decision.assigned);
  result.confidence = std::move(decision.confidence.link);
  result.tracks = accepted_tracks(frame, result, decision.scores, thresholds_, decision.bridges);
  result.tracks = with_confidence(std::move(result.tracks), decision.confidence.chain, min_track_confidence_);
  return result;
}

FollowerReconstruction::FollowerReconstruction(const detector::Detector& detector, const track::FollowerConfig& config)
    : thresholds_(detector.thresholds), follower_(config) {}

FrameResult FollowerReconstruction::operator()(const event::Frame& frame, Workspace&) const {
  FrameResult result;
  result.tracks = track::filter_tracks(frame, follower_(frame), thresholds_);
  return result;
}

TruthReconstruction::TruthReconstruction(const detector::Detector& detector) : thresholds_(detector.thresholds) {}

FrameResult TruthReconstruction::operator()(const event::Frame& frame, Workspace&) const {
  FrameResult result;
  result.tracks = track::filter_tracks(frame, track::truth_tracks(frame), thresholds_);
  return result;
}

}  // namespace difftrack::reconstruct
