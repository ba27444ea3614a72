// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/joint_residual.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/learn/ops/known_gradient.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/track/joint/decision_gradient.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/link_context.hpp"
#include "difftrack/track/metrics.hpp"

namespace difftrack::learn {

void JointResidual::check(const Config& /*config*/, const Experiment& experiment, const std::string& source) {
  if (const auto gate = experiment.model.description.kink_gate)
    throw core::InputError({source, "kink_gate", fmt::format("{}", *gate)},
                           "is of no use to loss 'joint', whose network sees few segments anyway");
}

std::map<std::string, std::string> JointResidual::metadata(const Config& config) {
  return {{reconstruct::kJointGate, fmt::format("{}", config.gate)}};
}

JointResidual::JointResidual(const Config& config, const Experiment& experiment)
    : config_(config),
      seed_(static_cast<std::uint64_t>(experiment.schedule.seed)),
      detector_(detector::read_detector(experiment.data.detector)),
      likelihood_(reconstruct::likelihood_for(config.likelihood, detector_, matter::BeamParticle::Proton).likelihood),
      expectation_(detector_, {}),
      joint_(detector_, likelihood_, {.search = config.gradient.search}, {}) {}

graph::HitGraph JointResidual::view(const event::Frame& frame, graph::HitGraph graph) const {
  const track::JointState state = joint_.search(frame, std::move(graph));
  return track::undecided_segments(frame, state.graph, state.energy, state.links, config_.gate).graph;
}

ObjectiveValue JointResidual::operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const {
  const auto energy = track::build_frame_energy(frame.frame, frame.graph, likelihood_, expectation_);
  std::vector<std::uint8_t> chosen(frame.graph.size());  // by the likelihood alone: column 1 of the context
  for (std::size_t s = 0; s < chosen.size(); ++s)
    chosen[s] = frame.graph.context[s * graph::kContextFeatures + 1] > 0.5F;
  const auto links = track::links_of(frame.graph, chosen, frame.frame.hits.size());
  const torch::Tensor values = logits.detach().contiguous();
  const std::vector<float> factors = track::doubt(frame.graph);
  const std::vector<float> added =
      track::added_log_odds(frame.graph, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
  auto result = track::decision_gradient(frame.frame, frame.graph, energy, links, added, config_.gradient,
                                         {.seed = seed_, .stream = frame.stream});
  for (std::size_t s = 0; s < factors.size(); ++s) result.gradient[s] *= static_cast<double>(factors[s]);
  const torch::Tensor gradient = torch::tensor(result.gradient, torch::kFloat64).to(torch::kFloat32);
  return {loss_with_gradient(logits, result.loss, gradient), {result.wrong, result.reached}};
}

std::unique_ptr<reconstruct::ReconstructFrame> JointResidual::method(const detector::Detector& detector,
                                                                     const network::Weights& weights,
                                                                     const assign::AssignConfig& /*assign*/) const {
  return std::make_unique<reconstruct::JointReconstruction>(
      detector, likelihood_, track::JointConfig{.search = config_.gradient.search}, track::PhysicsConfig{},
      reconstruct::ResidualNetwork{network::SegmentScorer(weights), config_.gate});
}

std::optional<double> JointResidual::merit(const event::Frame& frame, const reconstruct::FrameResult& result) const {
  const track::FrameCounts counts = track::evaluate_tracks(frame, result.tracks, detector_.thresholds);
  const auto share = [](std::int64_t part, std::int64_t of) {
    return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 1.0;
  };
  const double purity = share(counts.one_particle, counts.tracks), found = share(counts.found, counts.reconstructable);
  return purity + found > 0.0 ? 2.0 * purity * found / (purity + found) : 0.0;
}

}  // namespace difftrack::learn
