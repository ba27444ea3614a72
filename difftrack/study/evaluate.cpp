// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/evaluate.hpp"

#include <algorithm>
#include <utility>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "difftrack/network/scorer/registry.hpp"

namespace difftrack::study {

namespace kernels = network::kernels;

void check_kernels(const Model& model) {
  if (const auto obstacle = network::no_training_kernels(model.layout.description))
    throw core::InputError({model.file, obstacle->option, obstacle->value},
                           "has no kernels, with which the study computes (they need " + obstacle->needed + ")");
}

PointEvaluator::PointEvaluator(const Model& model, const FrameSet& frames, Statistics statistics,
                               std::int32_t recompute_frames)
    : layout_(model.layout),
      frames_(frames),
      statistics_(statistics),
      recompute_frames_(std::min(recompute_frames, static_cast<std::int32_t>(frames.size()))) {
  check_kernels(model);
}

std::span<const float> PointEvaluator::logits(const StudyFrame& frame, const network::FlatParameters& at,
                                              Statistics statistics, Workspace& workspace) const {
  workspace.logits.resize(frame.size());
  if (statistics == Statistics::Frame)
    kernels::training_forward(layout_.description.hidden, at.values, {}, frame.view(), network::BatchNormMode::Frame,
                              workspace.training, workspace.logits);
  else
    kernels::fused_logits(kernels::fold_line_graph(layout_, at), frame.view(), workspace.inference, workspace.logits);
  return workspace.logits;
}

std::vector<float> PointEvaluator::recomputed_statistics(std::span<const float> values, Workspace& workspace) const {
  const std::size_t n = frames_.size(), chosen = static_cast<std::size_t>(recompute_frames_);
  std::vector<double> sum(layout_.n_statistics, 0.0);
  for (std::size_t k = 0; k < chosen; ++k) {
    const StudyFrame& frame = frames_.frames[k * n / chosen];
    workspace.logits.resize(frame.size());
    kernels::training_forward(layout_.description.hidden, values, {}, frame.view(), network::BatchNormMode::Frame,
                              workspace.training, workspace.logits);
    std::vector<float> of_frame(layout_.n_statistics, 0.0F);
    kernels::update_running_statistics(layout_.description.hidden, workspace.training, of_frame, 1.0F);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<double>(of_frame[i]);
  }
  std::vector<float> mean(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i) mean[i] = static_cast<float>(sum[i] / static_cast<double>(chosen));
  return mean;
}

PointLosses PointEvaluator::operator()(std::span<const double> values, std::span<const float> running,
                                       Workspace& workspace) const {
  network::FlatParameters at;
  for (const double value : values) at.values.push_back(static_cast<float>(value));
  at.statistics.assign(running.begin(), running.end());
  if (statistics_ == Statistics::Recomputed) at.statistics = recomputed_statistics(at.values, workspace);
  std::vector<FrameLosses> losses;
  if (statistics_ == Statistics::Frame) {
    for (const StudyFrame& frame : frames_.frames)
      losses.push_back(frame_losses(frame, logits(frame, at, Statistics::Frame, workspace)));
    return mean_losses(losses);
  }
  const kernels::LineGraphModel folded = kernels::fold_line_graph(layout_, at);  // once for all frames
  for (const StudyFrame& frame : frames_.frames) {
    workspace.logits.resize(frame.size());
    kernels::fused_logits(folded, frame.view(), workspace.inference, workspace.logits);
    losses.push_back(frame_losses(frame, workspace.logits));
  }
  return mean_losses(losses);
}

GradientEvaluator::GradientEvaluator(const Model& model, const FrameSet& frames, LogitLoss loss,
                                     network::BatchNormMode mode)
    : model_(model), frames_(frames), loss_(std::move(loss)), mode_(mode) {
  check_kernels(model);
}

double GradientEvaluator::add_frame(std::size_t frame, std::span<const float> values,
                                    kernels::TrainingWorkspace& workspace, std::span<float> gradient,
                                    const kernels::ActivationPattern* held) const {
  const StudyFrame& at = frames_.frames[frame];
  const int hidden = model_.layout.description.hidden;
  std::vector<float> logits(at.size()), slope(at.size());
  kernels::training_forward(hidden, values, model_.statistics, at.view(), mode_, workspace, logits, held);
  const double value = loss_(at, frame, logits, slope);
  kernels::training_backward(hidden, values, at.view(), workspace, slope, gradient);
  return value;
}

std::vector<kernels::ActivationPattern> GradientEvaluator::patterns(std::span<const double> values, int threads) const {
  const std::vector<float> at(to_flat(model_, values).values);
  const int team = threads > 0 ? threads : core::default_threads();
  std::vector<kernels::TrainingWorkspace> workspaces(static_cast<std::size_t>(team));
  std::vector<kernels::ActivationPattern> patterns(frames_.size());
  core::parallel_for_with_thread(static_cast<std::int64_t>(patterns.size()), team, [&](std::int64_t i, int thread) {
    const StudyFrame& frame = frames_.frames[static_cast<std::size_t>(i)];
    auto& workspace = workspaces[static_cast<std::size_t>(thread)];
    std::vector<float> logits(frame.size());
    kernels::training_forward(model_.layout.description.hidden, at, model_.statistics, frame.view(), mode_, workspace,
                              logits);
    patterns[static_cast<std::size_t>(i)] = kernels::record_pattern(frame.view(), workspace);
  });
  return patterns;
}

ValueAndGradient GradientEvaluator::operator()(std::span<const double> values, int threads,
                                               std::span<const kernels::ActivationPattern> held) const {
  const std::vector<float> at(to_flat(model_, values).values);
  const std::size_t n = frames_.size();
  const int team = threads > 0 ? threads : core::default_threads();
  std::vector<kernels::TrainingWorkspace> workspaces(static_cast<std::size_t>(team));
  std::vector<double> value(n);
  std::vector<std::vector<float>> gradients(n);
  core::parallel_for_with_thread(static_cast<std::int64_t>(n), team, [&](std::int64_t i, int thread) {
    const auto f = static_cast<std::size_t>(i);
    gradients[f].assign(at.size(), 0.0F);
    value[f] =
        add_frame(f, at, workspaces[static_cast<std::size_t>(thread)], gradients[f], held.empty() ? nullptr : &held[f]);
  });
  ValueAndGradient mean{0.0, Vector(at.size(), 0.0)};
  const double share = 1.0 / static_cast<double>(n);
  for (std::size_t f = 0; f < n; ++f) {
    mean.value += share * value[f];
    for (std::size_t p = 0; p < at.size(); ++p) mean.gradient[p] += share * static_cast<double>(gradients[f][p]);
  }
  return mean;
}

}  // namespace difftrack::study
