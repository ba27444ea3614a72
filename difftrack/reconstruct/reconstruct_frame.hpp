// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/event/tracks.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/reconstruct/network_graph.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/pair_sweep.hpp"
#include "difftrack/track/physics_assignment.hpp"

namespace difftrack::reconstruct {

/// Everything that was made of one frame on its way to tracks.
struct FrameResult {
  graph::HitGraph graph;               ///< kept segments; empty for the track follower, which needs none
  std::vector<float> logits;           ///< one per segment; empty for methods without a network
  std::vector<std::uint8_t> assigned;  ///< Y in {0, 1}, one per segment
  std::vector<float> confidence;       ///< per hit, of its link to the shallower hit (NaN: none); empty where a method
                                       ///< does not tell
  event::Tracks tracks;                ///< accepted by the track filter; `why_none` tells why there are none
};

/// A way from one frame to its tracks: const, and safe to call from several threads, each with its own workspace.
class ReconstructFrame {
 public:
  /// Scratch space; never changes a result.
  using Workspace = network::SegmentScorer::Workspace;

  virtual ~ReconstructFrame() = default;
  /// Tracks of one frame; a frame without hits or segments gives none, and says why.
  virtual FrameResult operator()(const event::Frame& frame, Workspace& workspace) const = 0;
};

/// The network's way: hit graph → segment scores → one assignment per layer pair → chains → accepted tracks.
class NetworkReconstruction final : public ReconstructFrame {
 public:
  /// `assign.threads` is not used: one frame is solved on the calling thread. Throws InputError where the network needs
  /// a gate that its detector has no likelihood for (NetworkGraph); so do the others with a network.
  NetworkReconstruction(const detector::Detector& detector, network::SegmentScorer scorer,
                        const assign::AssignConfig& assign);

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  NetworkGraph graph_;
  detector::Thresholds thresholds_;
  network::SegmentScorer scorer_;
  assign::AssignConfig assign_;
};

/// The way of methods that choose segments without a network: hit graph → chosen segments → chains → accepted tracks.
class SegmentReconstruction final : public ReconstructFrame {
 public:
  /// Chooses segments: Y and a score for each.
  using Choose = std::function<track::SegmentAssignment(const event::Frame&, const graph::HitGraph&)>;

  /// Takes angular filter and track filter from the description.
  SegmentReconstruction(const detector::Detector& detector, Choose choose);

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  graph::HitGraphConfig filter_;
  detector::Thresholds thresholds_;
  Choose choose_;
};

/// Network and physics together: hit graph → segment scores → the sweep of physics alone with the network's log odds
/// added to its log likelihoods → chains → accepted tracks.
class CombinedReconstruction final : public ReconstructFrame {
 public:
  /// Throws InputError for options of physics out of range.
  CombinedReconstruction(const detector::Detector& detector, network::SegmentScorer scorer,
                         const track::PhysicsConfig& config);

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  NetworkGraph graph_;
  detector::Thresholds thresholds_;
  network::SegmentScorer scorer_;
  track::PhysicsAssignment physics_;
};

/// A policy's network, from a model's file.
struct PolicyNetwork {
  NetworkGraph graph;
  network::SegmentScorer scorer;
  std::vector<float> pair_numbers;  ///< of the pair head, of which width: `scorer.description().pair_width`
  double reward_weight = 1.0;       ///< of its training

  /// Throws InputError where `weights`, from the file `model`, are bad.
  PolicyNetwork(const detector::Detector& detector, const network::Weights& weights, const std::string& model,
                double weight);
};

/// A policy: hit graph → at every step the joint action of the highest score, by the reward alone or with a network's
/// logits → chains → accepted tracks with their confidence, without those below `min_track_confidence`.
class PolicyReconstruction final : public ReconstructFrame {
 public:
  /// Takes angular filter and track filter from the description.
  PolicyReconstruction(const detector::Detector& detector, policy::PolicyAssignment policy, double min_track_confidence,
                       std::optional<PolicyNetwork> network = {});

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  graph::HitGraphConfig filter_;
  detector::Thresholds thresholds_;
  policy::PolicyAssignment policy_;
  double min_track_confidence_;
  std::optional<PolicyNetwork> network_;
};

/// A network that adds to the energy of a joint decision what the likelihood does not know.
struct ResidualNetwork {
  network::SegmentScorer scorer;
  double gate = 15.0;  ///< [nats] of the segments that it sees (track::undecided_segments)
};

/// All hits of a frame decided together: hit graph → energy → the answer of lowest energy, without doubtful links →
/// chains → accepted tracks, with their probabilities, without those below min_track_confidence. With a network, what
/// it adds to the log odds of the segments in doubt is taken off their costs, and the search goes on. The graph of the
/// result is the decision's, which may be wider than the angular filter; logits are 0 where the network was not asked.
class JointReconstruction final : public ReconstructFrame {
 public:
  /// Throws InputError for options out of range.
  JointReconstruction(const detector::Detector& detector, track::Likelihood likelihood,
                      const track::JointConfig& config, const track::PhysicsConfig& physics,
                      std::optional<ResidualNetwork> network = {});

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  graph::HitGraphConfig filter_;
  detector::Thresholds thresholds_;
  double min_track_confidence_;
  track::JointAssignment joint_;
  std::optional<ResidualNetwork> network_;
};

/// The classical track follower, which needs no graph.
class FollowerReconstruction final : public ReconstructFrame {
 public:
  /// Takes the track filter from the description.
  FollowerReconstruction(const detector::Detector& detector, const track::FollowerConfig& config);

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  detector::Thresholds thresholds_;
  track::TrackFollower follower_;
};

/// What no method can do better, for comparison: the hits of each primary (track::truth_tracks), needs truth.
class TruthReconstruction final : public ReconstructFrame {
 public:
  /// Takes the track filter from the description.
  explicit TruthReconstruction(const detector::Detector& detector);

  FrameResult operator()(const event::Frame& frame, Workspace& workspace) const override;

 private:
  detector::Thresholds thresholds_;
};

/// 1 / (1 + exp(-logit)) for each logit.
std::vector<float> probabilities(std::span<const float> logits);

}  // namespace difftrack::reconstruct
