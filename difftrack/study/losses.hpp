// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/perturbed_assignments.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/study/frames.hpp"

namespace difftrack::study {

/// The two losses of the method for one frame, and what they mean for tracking. With the segments split into T (touch
/// a tracking layer) and C (the rest), label t, score p = sigmoid(logit), and the forced assignment Y of costs 1 - p:
///
///   L_BCE = mean_T bce + mean_C bce (logarithms bounded by -100),   L_H = mean_T h + mean_C h,  h = Y(1-t) + (1-Y)t.
///
/// With every match wrong L_H reaches its ceiling, 2 · (true share of T + true share of C), about 0.65 behind 100 mm of
/// water at 100 primaries per frame: a loss of half of that is tracking that fails in half of the layers.
struct FrameLosses {
  double bce = 0.0;              ///< L_BCE
  double hamming = 0.0;          ///< L_H
  double ceiling = 0.0;          ///< of L_H
  std::int64_t true_all = 0;     ///< true segments
  std::int64_t true_taken = 0;   ///< of these, assigned
  std::int64_t false_all = 0;    ///< false segments
  std::int64_t false_taken = 0;  ///< of these, assigned
};

/// Of one frame, from the logits of its segments.
FrameLosses frame_losses(const StudyFrame& frame, std::span<const float> logits);

/// Means over frames; rates pooled over segments.
struct PointLosses {
  double bce = 0.0;      ///< mean of L_BCE
  double hamming = 0.0;  ///< mean of L_H
  double ceiling = 0.0;  ///< mean ceiling of L_H
  double tpr = 0.0;      ///< share of true segments that are assigned
  double fpr = 0.0;      ///< share of false segments that are assigned

  double ratio() const { return ceiling > 0.0 ? hamming / ceiling : 0.0; }  ///< L_H over its ceiling
};
/// In the order of the frames.
PointLosses mean_losses(std::span<const FrameLosses> frames);

/// Which loss has a Hessian or trains a curve.
enum class LossKind : std::uint8_t { Bce, Surrogate, Smooth };
/// Their names.
constexpr core::Choices<LossKind, 3> choices(LossKind) {
  return {{{LossKind::Bce, "bce", "cross-entropy of the scores"},
           {LossKind::Surrogate, "surrogate", "published of PAT: the blackbox gradient's scores, its factors held"},
           {LossKind::Smooth, "smooth", "Fenchel-Young loss of the assignment under fixed noise"}}};
}

/// A loss of a frame as a function of its logits: returns the value and writes d value / d logit, one per segment.
/// `index` is the frame's place in its set. Deterministic; may be called by several threads.
using LogitLoss = std::function<double(const StudyFrame& frame, std::size_t index, std::span<const float> logits,
                                       std::span<float> slope)>;

/// L_BCE.
LogitLoss bce_loss();

/// L_H with its gradient through the assignment by the blackbox estimate in the published convention: p gets
/// Y(C) - Y(C'), C' = max(C + λ g / divisor, 0), g = dL_H/dY. For training curves; `divisor` is the number of frames of
/// a step. Value and slope are divided by nothing else.
LogitLoss hamming_loss(double lambda, double divisor);

/// The factors dL_H/dp of the blackbox estimate at the given logits, one per segment: in {-1, 0, 1}, nearly all 0 for a
/// trained network.
std::vector<float> blackbox_factors(const StudyFrame& frame, std::span<const float> logits, double lambda);

/// Σ_e g_e p_e with constant factors g, one row per frame of the set: the function whose second derivative the public
/// code takes for that of L_H (whose own is 0 almost everywhere).
LogitLoss surrogate_loss(std::shared_ptr<const std::vector<std::vector<float>>> factors);

/// The Fenchel–Young loss (assign/estimators.hpp) per segment under noise that is fixed for each frame: convex in the
/// scores, and its gradient has difference quotients.
LogitLoss smooth_loss(const assign::PerturbedAssignments::Config& noise);

}  // namespace difftrack::study
