// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "difftrack/core/choices.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "difftrack/study/frames.hpp"
#include "difftrack/study/losses.hpp"
#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// Where BatchNorm takes its statistics from at a point of parameter space that no training has visited.
enum class Statistics : std::uint8_t { Frame, Running, Recomputed };
/// Their names.
constexpr core::Choices<Statistics, 3> choices(Statistics) {
  return {{{Statistics::Frame, "frame", "of the frame at hand, as in training (published surfaces and curves)"},
           {Statistics::Running, "running", "the running ones of the model"},
           {Statistics::Recomputed, "recomputed", "means over some frames at that point"}}};
}

/// Throws InputError (option, value) for a network without kernels for training: points are evaluated with these.
void check_kernels(const Model& model);

/// The losses of one network architecture at any point of its parameter space, over a set of frames: what surfaces,
/// curves and trajectories are made of, one function for all.
class PointEvaluator {
 public:
  /// Scratch, one per thread.
  struct Workspace {
    network::kernels::InferenceWorkspace inference;
    network::kernels::TrainingWorkspace training;
    std::vector<float> logits;
  };

  /// `frames` must outlive it. With Recomputed, BatchNorm's statistics are means over `recompute_frames` of the frames
  /// of the set, evenly spread. Throws InputError for a network without kernels.
  PointEvaluator(const Model& model, const FrameSet& frames, Statistics statistics, std::int32_t recompute_frames = 10);

  /// Losses at `values`; `running` are the statistics that Running uses. One thread, the same bytes on each.
  PointLosses operator()(std::span<const double> values, std::span<const float> running, Workspace& workspace) const;

  /// Logits of one frame at `values`.
  std::span<const float> logits(const StudyFrame& frame, const network::FlatParameters& at, Statistics statistics,
                                Workspace& workspace) const;

  /// Means over the chosen frames of their mean and unbiased variance in every BatchNorm: what Recomputed uses.
  std::vector<float> recomputed_statistics(std::span<const float> values, Workspace& workspace) const;

 private:
  network::ParameterLayout layout_;
  const FrameSet& frames_;
  Statistics statistics_;
  std::int32_t recompute_frames_;
};

/// Value and gradient of a loss at a point, means over a set of frames.
struct ValueAndGradient {
  double value = 0.0;
  Vector gradient;
};

/// Gradients over a set of frames by the fused kernels, float32 within a frame, summed in double in the order of the
/// frames: the same bytes for any number of threads.
class GradientEvaluator {
 public:
  /// `frames` must outlive it. Throws InputError for a network without kernels.
  GradientEvaluator(const Model& model, const FrameSet& frames, LogitLoss loss, network::BatchNormMode mode);

  /// At `values`; `threads` 0: all cores. `held`, if not empty: a pattern of every frame, on whose piece of the network
  /// the evaluation stays (kernels::ActivationPattern).
  ValueAndGradient operator()(std::span<const double> values, int threads = 1,
                              std::span<const network::kernels::ActivationPattern> held = {}) const;

  /// The pattern of every frame at `values`.
  std::vector<network::kernels::ActivationPattern> patterns(std::span<const double> values, int threads = 1) const;

  /// Of one frame, added to `gradient`; returns the value.
  double add_frame(std::size_t frame, std::span<const float> values, network::kernels::TrainingWorkspace& workspace,
                   std::span<float> gradient, const network::kernels::ActivationPattern* held = nullptr) const;

  const Model& model() const { return model_; }  ///< the network

 private:
  Model model_;
  const FrameSet& frames_;
  LogitLoss loss_;
  network::BatchNormMode mode_;
};

}  // namespace difftrack::study
