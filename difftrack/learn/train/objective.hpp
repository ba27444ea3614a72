// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

namespace difftrack::learn {

struct Experiment;

/// What an objective sees of one frame, beside the network's output. Everything in it outlives the call.
struct ObjectiveFrame {
  const event::Frame& frame;           ///< its hits; mm, MeV
  const graph::HitGraph& graph;        ///< its kept segments, in whose order the logits are
  const detector::Detector& detector;  ///< layers, matter, thresholds
  std::uint64_t stream = 0;            ///< tells this frame of this step apart from all others: for random numbers
  torch::Tensor pair_head = {};        ///< the numbers of the network's pair head, to be learnt, too; shape (0): none

  /// Truth per segment as tensors; `labels()` as bytes, 1: both hits carry one label. Where frames have truth.
  SegmentTruth truth() const;
  std::vector<std::uint8_t> labels() const;  ///< one per segment
  /// The segments as assignment sees them; a view of `graph`.
  assign::Segments segments() const;
};

/// What an objective says of one frame.
struct ObjectiveValue {
  torch::Tensor loss;           ///< shape (), on the graph of the logits: LibTorch takes dℓ/dlogits from it
  std::vector<double> figures;  ///< further numbers for the curve, in the order of Objective::figures()
};

/// What training minimises. One step of B frames minimises
///
///     L(θ) = 1/B · Σ_f ℓ(s_f(θ); frame f),
///
/// where s_f are the logits that the network with parameters θ gives the N_f segments of frame f (their scores are
/// p = sigmoid(s)), and ℓ is the objective. An objective gives ℓ and dℓ/ds; the chain rule back to θ, the division by B
/// (before the backward pass: λ of the blackbox gradient is relative to it), the sum and the move belong to the step
/// (training_step.hpp). So ℓ may be any composition of LibTorch operations, `assign_segments` for a gradient through
/// the assignment, or a number and a gradient computed without LibTorch (`loss_with_gradient`). Frames are independent:
/// the calls of one step run side by side on threads, so an objective keeps no state between them and draws its random
/// numbers from `stream` alone; then same seed, same bytes, for any number of threads.
///
/// A new kind of training is one class like this one, with
/// - `Config`: its options, with fields(): the table of its name in the experiment. Leave it out where there are none.
/// - a constructor `(const Config&, const Experiment&)`, which may read the tables all objectives share ([loss] margin,
///   [assign], [estimator]) and copies what it needs;
/// - the call, and names of its figures where it has any;
/// - the constants and `check` below where the defaults do not fit;
///
/// added under its name: `experiment.objectives.add<Kind>("name")` (objectives.hpp). `[loss] loss = "name"` chooses it.
/// The test tests/learn/new_objective_test.cpp does that from outside.
class Objective {
 public:
  /// No options.
  struct Config {
    static constexpr auto fields() { return std::tuple<>{}; }
  };
  /// Whether [loss] margin and [estimator] mean anything to it.
  static constexpr bool kThroughAssignment = false;
  /// Whether training frames must have truth; validation frames always do.
  static constexpr bool kNeedsTruth = true;
  /// Whether it has a use for a network's pair head.
  static constexpr bool kUsesPairHead = false;
  /// Throws InputError for options that do not go together; ranges of single ones have been checked. `source` names the
  /// experiment.
  template <class AnyConfig>
  static void check(const AnyConfig& /*config*/, const Experiment& /*experiment*/, const std::string& /*source*/) {}

  /// What a model's file says of these options, beside what all say: what its use needs to know.
  template <class AnyConfig>
  static std::map<std::string, std::string> metadata(const AnyConfig& /*config*/) {
    return {};
  }

  virtual ~Objective() = default;
  /// ℓ of one frame. `logits`: shape (segments), float32, on the CPU. Called by several threads at once.
  virtual ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const = 0;
  /// Names of the figures: each one's mean over the frames of a step is a curve in TensorBoard (`Objective/NAME`) and
  /// metrics.json.
  virtual std::vector<std::string> figures() const { return {}; }
  /// How a model that was trained on it is used, and so validated: by default the network's way, its scores into one
  /// assignment per layer pair.
  virtual std::unique_ptr<reconstruct::ReconstructFrame> method(const detector::Detector& detector,
                                                                const network::Weights& weights,
                                                                const assign::AssignConfig& assign) const;
  /// The segments of a frame that the network scores; by default those that the detector's angular filter keeps, as
  /// given. Called by several threads at once.
  virtual graph::HitGraph view(const event::Frame& /*frame*/, graph::HitGraph graph) const { return graph; }
  /// How good a frame's answer is by the objective's own measure, where it has one: then the model with the highest
  /// mean over the validation frames is kept. By default nothing, and published purity decides.
  virtual std::optional<double> merit(const event::Frame& /*frame*/, const reconstruct::FrameResult& /*result*/) const {
    return std::nullopt;
  }
};

}  // namespace difftrack::learn
