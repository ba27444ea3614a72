// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/learn/ops/assignment.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/objective.hpp"

namespace difftrack::learn {

/// Predict-then-track (PTT), `bce`: the scores alone, each segment by itself.
///
///     ℓ = Σ_g mean_{i in g} −[t_i ln p_i + (1 − t_i) ln(1 − p_i)],      p = sigmoid(s),
///
/// t_i = 1 for a true segment, g the two groups of segments that touch a tracking layer and that do not
/// (docs/method.md section 4). Exact gradient (p − t)/N_g, second derivatives by LibTorch.
class SegmentCrossEntropy : public Objective {
 public:
  /// Without options.
  SegmentCrossEntropy(const Config& config, const Experiment& experiment);
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override;
};

/// Predict-and-track (PAT), `hamming`: how much of the assignment is wrong.
///
///     ℓ = Σ_g mean_{i in g} [y_i (1 − t_i) + (1 − y_i) t_i],      y = Y(1 − p ± margin),
///
/// groups as above. Y is piecewise constant: dℓ/dy is exact, dy/dp is what [estimator] names (blackbox with λ as
/// published, identity, implicit_mle; ops/assignment.hpp), dp/ds = p (1 − p). No second derivatives.
/// Sources: Kortus, Keidel, Gauger, arXiv 2407.13420; Vlastelica et al., ICLR 2020, arXiv:1912.02175.
class AssignedHamming : public Objective {
 public:
  static constexpr bool kThroughAssignment = true;
  /// Throws InputError for an estimator that is a loss of its own.
  static void check(const Config& config, const Experiment& experiment, const std::string& source);
  /// How it assigns is [assign], the way back [estimator], the margin [loss] margin.
  AssignedHamming(const Config& config, const Experiment& experiment);
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override;

 private:
  AssignmentOptions options_;
};

/// The losses of the assignment that come with a gradient of their own, `own`: SPO+ or Fenchel–Young, whichever
/// [estimator] names, of p = sigmoid(s) against the assignment of the truth, per segment (assign/estimators.hpp has the
/// formulas and sources). Convex in p; gradient exact for SPO+, unbiased over the noise for Fenchel–Young; no second
/// derivatives.
class AssignmentOwnLoss : public Objective {
 public:
  static constexpr bool kThroughAssignment = true;
  /// Throws InputError for an estimator that has no loss.
  static void check(const Config& config, const Experiment& experiment, const std::string& source);
  /// As AssignedHamming's.
  AssignmentOwnLoss(const Config& config, const Experiment& experiment);
  ObjectiveValue operator()(const torch::Tensor& logits, const ObjectiveFrame& frame) const override;

 private:
  AssignmentOptions options_;
};

}  // namespace difftrack::learn
