// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/objective.hpp"
#include "difftrack/learn/train/policy_return_config.hpp"
#include "difftrack/policy/reward_model.hpp"

namespace difftrack::learn {

/// Tracking without labels, `policy`: the expected return of a policy whose actions the network scores.
///
///     ℓ = -E[Σ rewards] / hits of the frame,      gradient: policy/policy_gradient.hpp
///
/// where a reward is the energy that an action saves under a likelihood: no truth is looked at, in training or in
/// validation. A model is used by the method policy (reward and logits together); the merit of its answer is the same
/// sum without draws.
class PolicyReturn : public Objective {
 public:
  using Config = PolicyReturnConfig;  ///< table [policy]
  static constexpr bool kNeedsTruth = false;
  static constexpr bool kUsesPairHead = true;
  /// What `reconstruct --method policy` has to know.
  static std::map<std::string, std::string> metadata(const Config& config);

  /// Reads the likelihood. Throws InputError where there is none for the detector.
  PolicyReturn(const Config& config, const Experiment& experiment);
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override;
  std::vector<std::string> figures() const override { return {"return", "entropy", "conflicts", "margin"}; }
  std::unique_ptr<reconstruct::ReconstructFrame> method(const detector::Detector& detector,
                                                        const network::Weights& weights,
                                                        const assign::AssignConfig& assign) const override;
  std::optional<double> merit(const event::Frame& frame, const reconstruct::FrameResult& result) const override;

 private:
  Config config_;
  std::uint64_t seed_;
  std::int32_t pair_width_;
  policy::RewardModel model_;
};

}  // namespace difftrack::learn
