// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/policy_return.hpp"

#include <fmt/format.h>

#include <span>

#include "difftrack/core/choices.hpp"
#include "difftrack/learn/ops/known_gradient.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/track/joint/likelihood.hpp"

namespace difftrack::learn {
namespace {

policy::RewardModel reward_model(const PolicyReturn::Config& config, const Experiment& experiment) {
  const detector::Detector detector = detector::read_detector(experiment.data.detector);
  const track::PhysicsConfig physics;
  auto named = reconstruct::likelihood_for(config.likelihood, detector, physics.particle);
  return {detector, std::move(named.likelihood), config.order, physics};
}

std::span<const float> numbers(const torch::Tensor& contiguous) {
  return {contiguous.data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

}  // namespace

std::map<std::string, std::string> PolicyReturn::metadata(const Config& config) {
  return {{reconstruct::kRewardWeight, fmt::format("{}", config.reward_weight)},
          {reconstruct::kPolicyOrder, std::string(core::name_of(config.order))}};
}

PolicyReturn::PolicyReturn(const Config& config, const Experiment& experiment)
    : config_(config),
      seed_(static_cast<std::uint64_t>(experiment.schedule.seed)),
      pair_width_(experiment.model.description.pair_width),
      model_(reward_model(config, experiment)) {}

ObjectiveValue PolicyReturn::operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const {
  const policy::FrameProcess process(frame.frame, frame.graph, model_);
  const torch::Tensor values = logits.detach().contiguous(), head = frame.pair_head.detach().contiguous();
  // The stream tells frames of steps apart: its lower half is the frame of the iteration, as far as draws go.
  const policy::DrawPlace place{.seed = seed_,
                                .iteration = static_cast<std::uint32_t>(frame.stream >> 32U),
                                .frame = static_cast<std::uint32_t>(frame.stream)};
  const policy::NetworkScores scores{numbers(values), {pair_width_, numbers(head)}, config_.reward_weight};
  const auto result = policy::policy_gradient(process.environment(), frame.graph, scores, config_.gradient, place);
  const auto tensor = [](const std::vector<double>& numbers) {
    return torch::tensor(numbers, torch::kFloat64).to(torch::kFloat32);
  };
  torch::Tensor loss = loss_with_gradient(logits, -result.reward, tensor(result.descent));
  if (pair_width_ > 0) loss = loss + loss_with_gradient(frame.pair_head, 0.0, tensor(result.of_pair_head));
  return {loss, {result.reward, result.entropy, result.conflicts, result.margin}};
}

std::unique_ptr<reconstruct::ReconstructFrame> PolicyReturn::method(const detector::Detector& detector,
                                                                    const network::Weights& weights,
                                                                    const assign::AssignConfig& /*assign*/) const {
  return std::make_unique<reconstruct::PolicyReconstruction>(
      detector, policy::PolicyAssignment(detector, model_.likelihood, {.order = config_.order}, {}), 0.0,
      reconstruct::PolicyNetwork(detector, weights, "model", config_.reward_weight));
}

std::optional<double> PolicyReturn::merit(const event::Frame& frame, const reconstruct::FrameResult& result) const {
  const auto energy = track::build_frame_energy(frame, result.graph, model_.likelihood, model_.expectation);
  const auto links = track::links_of(result.graph, result.assigned, frame.hits.size());
  const auto none = track::Links::none(frame.hits.size());
  return (track::total_energy(energy, result.graph, none) - track::total_energy(energy, result.graph, links)) /
         static_cast<double>(std::max<std::size_t>(frame.hits.size(), 1));
}

}  // namespace difftrack::learn
