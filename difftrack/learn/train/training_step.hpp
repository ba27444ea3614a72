// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/learn/train/checkpoint.hpp"
#include "difftrack/learn/train/frame_gradient.hpp"
#include "difftrack/learn/train/objective.hpp"
#include "difftrack/network/description.hpp"
#include "difftrack/network/rms_prop.hpp"
#include "difftrack/reconstruct/network_graph.hpp"

namespace difftrack::learn {

/// ℓ(s; frame) / frames_per_step as a function of the logits s: what a frame adds to the loss of a step. Where
/// `figures` is not null, each call writes the objective's figures there. `objective` and what `frame` views must
/// outlive it.
LogitLoss frame_loss(const Objective& objective, const ObjectiveFrame& frame, std::int32_t frames_per_step,
                     std::vector<double>* figures = nullptr);

/// One step of training (docs/method.md section 5):
///
///     g = Σ_b d/dθ [ℓ(s(θ; f_b); f_b) / B],   running ← 0.1 · batch_b + 0.9 · running  (b = 1 … B),   θ ← RMSprop(θ,
///     g)
///
/// with the frames f_1 … f_B drawn with replacement. Each frame has its own forward and backward pass, on one thread;
/// gradients and statistics are taken up in the order of the draw. So the result does not depend on the number of
/// threads, nor on where the gradients of the frames were computed: the three parts of a step can be called one by one.
class TrainingStep {
 public:
  /// What a step depends on beside state, objective and frames.
  struct Config {
    std::int32_t frames_per_step = 32;        ///< B
    std::uint64_t seed = 1;                   ///< of the draws
    network::RmsProp::Config optimiser = {};  ///< learning rate, …
    network::Description network = {};        ///< what `gradient` computes; its gate of kinks
  };
  /// What one frame of a step contributes.
  struct Contribution {
    FrameGradient gradient;       ///< of ℓ / B
    std::vector<double> figures;  ///< of the objective
  };

  /// `gradient` is the network, `frames` have at least one kink each; `threads` 0: all cores.
  TrainingStep(const Config& config, std::unique_ptr<FrameGradientFunction> gradient,
               std::unique_ptr<Objective> objective, detector::Detector detector, std::vector<event::Frame> frames,
               int threads);

  /// One step further: parameters, statistics, optimiser, loss and figures of `state`.
  void operator()(TrainingState& state) const;

  /// Indices of the frames that step number `step` draws, shape (B): a function of seed and step.
  std::vector<std::size_t> draw(std::int64_t step) const;
  /// Contribution of frame `drawn[slot]` to step number `step` at `parameters`; on this thread, changing nothing.
  Contribution contribution(const std::vector<float>& parameters, std::int64_t step,
                            const std::vector<std::size_t>& drawn, std::size_t slot) const;
  /// Moves the state by the contributions of all slots, in their order.
  void apply(const std::vector<Contribution>& contributions, TrainingState& state) const;

 private:
  Config config_;
  std::unique_ptr<FrameGradientFunction> gradient_;
  std::unique_ptr<Objective> objective_;
  std::vector<std::string> figures_;
  detector::Detector detector_;
  reconstruct::NetworkGraph graph_;
  std::vector<event::Frame> frames_;
  int threads_;
};

}  // namespace difftrack::learn
