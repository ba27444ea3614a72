// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/joint_residual_config.hpp"
#include "difftrack/learn/train/objective.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/transport_expectation.hpp"

namespace difftrack::learn {

/// A network beside the joint decision, `joint`: what the likelihood does not know, as an energy per segment.
///
///     E(Y; θ) = E(Y) - Σ_s w_s r_s(θ) Y_s,      gradient of the loss: track/joint/decision_gradient.hpp
///
/// The frame is decided with the likelihood alone; the network sees the segments that this leaves in doubt and those
/// that it chose, with what the decision knows of them (track/joint/link_context.hpp), and w r is taken off their
/// costs, w small where nothing is in doubt (doubt()). Whether it is taught by scores of segments or through the
/// decision, it starts from the same decision, sees the same segments, and is used in the same way. The merit of an
/// answer is its strict F1.
class JointResidual : public Objective {
 public:
  using Config = JointResidualConfig;  ///< table [joint]
  /// Throws InputError for a network with gated kinks.
  static void check(const Config& config, const Experiment& experiment, const std::string& source);
  /// What `reconstruct --method joint` has to know.
  static std::map<std::string, std::string> metadata(const Config& config);

  /// Reads the likelihood. Throws InputError where there is none for the detector.
  JointResidual(const Config& config, const Experiment& experiment);
  graph::HitGraph view(const event::Frame& frame, graph::HitGraph graph) const override;
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override;
  std::vector<std::string> figures() const override { return {"hamming", "reached"}; }
  std::unique_ptr<reconstruct::ReconstructFrame> method(const detector::Detector& detector,
                                                        const network::Weights& weights,
                                                        const assign::AssignConfig& assign) const override;
  std::optional<double> merit(const event::Frame& frame, const reconstruct::FrameResult& result) const override;

 private:
  Config config_;
  std::uint64_t seed_;
  detector::Detector detector_;
  track::Likelihood likelihood_;
  track::TransportExpectation expectation_;
  track::JointAssignment joint_;
};

}  // namespace difftrack::learn
