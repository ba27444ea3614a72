// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/training_step.hpp"

#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/learn/torch_shim.hpp"
#include "difftrack/learn/train/frames.hpp"

namespace difftrack::learn {

LogitLoss frame_loss(const Objective& objective, const ObjectiveFrame& frame, std::int32_t frames_per_step,
                     std::vector<double>* figures) {
  return [&objective, frame, frames_per_step, figures](const torch::Tensor& logits, const torch::Tensor& pair_head) {
    ObjectiveFrame whole = frame;
    whole.pair_head = pair_head;
    ObjectiveValue value = objective(logits, whole);
    if (figures != nullptr) *figures = std::move(value.figures);
    return value.loss / frames_per_step;
  };
}

TrainingStep::TrainingStep(const Config& config, std::unique_ptr<FrameGradientFunction> gradient,
                           std::unique_ptr<Objective> objective, detector::Detector detector,
                           std::vector<event::Frame> frames, int threads)
    : config_(config),
      gradient_(std::move(gradient)),
      objective_(std::move(objective)),
      figures_(objective_->figures()),
      detector_(std::move(detector)),
      graph_(detector_, config_.network),
      frames_(std::move(frames)),
      threads_(threads) {}

void TrainingStep::operator()(TrainingState& state) const {
  const std::vector<std::size_t> drawn = draw(state.step);
  std::vector<Contribution> contributions(drawn.size());
  core::parallel_for(static_cast<std::int64_t>(drawn.size()), threads_, [&](std::int64_t i) {
    const auto slot = static_cast<std::size_t>(i);
    contributions[slot] = contribution(state.model.values, state.step, drawn, slot);
  });
  apply(contributions, state);
}

std::vector<std::size_t> TrainingStep::draw(std::int64_t step) const {
  return draw_frames(config_.seed, step, frames_.size(), config_.frames_per_step);
}

TrainingStep::Contribution TrainingStep::contribution(const std::vector<float>& parameters, std::int64_t step,
                                                      const std::vector<std::size_t>& drawn, std::size_t slot) const {
  shim::use_one_thread_per_operation();
  const event::Frame& frame = frames_[drawn[slot]];
  const graph::HitGraph graph = objective_->view(frame, graph_(frame));
  if (graph.n_kinks() == 0)
    throw core::InputError({"", "frame", std::to_string(frame.index)},
                           "has no pair of segments that meet in a hit, and is to be trained on");
  const auto stream = static_cast<std::uint64_t>(step) * drawn.size() + slot;
  Contribution result;
  result.gradient = (*gradient_)(
      parameters, frame, graph,
      frame_loss(*objective_, {frame, graph, detector_, stream, {}}, config_.frames_per_step, &result.figures));
  if (result.figures.size() != figures_.size())
    throw core::InputError({"", "figures", std::to_string(result.figures.size())},
                           "of the objective: it names " + std::to_string(figures_.size()));
  return result;
}

void TrainingStep::apply(const std::vector<Contribution>& contributions, TrainingState& state) const {
  double loss = 0.0;
  std::vector<float> gradient(state.model.values.size(), 0.0F);
  std::vector<double> figures(figures_.size(), 0.0);
  for (const Contribution& contribution : contributions) {
    loss += contribution.gradient.loss;
    for (std::size_t p = 0; p < gradient.size(); ++p) gradient[p] += contribution.gradient.gradient[p];
    update_statistics(contribution.gradient.batch_statistics, state.model.statistics);
    for (std::size_t i = 0; i < figures.size(); ++i) figures[i] += contribution.figures[i];
  }
  network::RmsProp::step(config_.optimiser, gradient, state.square_average, state.model.values);
  state.losses.push_back(loss);
  for (std::size_t i = 0; i < figures.size(); ++i)
    state.figures[figures_[i]].push_back(figures[i] / static_cast<double>(contributions.size()));
  ++state.step;
}

}  // namespace difftrack::learn
