// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/perturbed_assignments.hpp"
#include "difftrack/core/choices.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::assign {

/// Ways of a gradient through the assignment (EstimatorConfig).
enum class Estimator : std::uint8_t { Blackbox, Identity, ImplicitMle, SpoPlus, FenchelYoung };
/// Their names.
constexpr core::Choices<Estimator, 5> choices(Estimator) {
  return {{{Estimator::Blackbox, "blackbox"},
           {Estimator::Identity, "identity"},
           {Estimator::ImplicitMle, "implicit_mle"},
           {Estimator::SpoPlus, "spo_plus", "a loss of its own"},
           {Estimator::FenchelYoung, "fenchel_young", "a loss of its own"}}};
}

/// Which gradient flows back through the assignment. Notation of blackbox.hpp: C = 1 - p, g = dL/dY.
///
/// Estimators of dL/dp for any loss on Y (`assignment_gradient`):
/// - "blackbox": blackbox.hpp.
/// - "identity": identity with projection (Sahoo et al., ICLR 2023, arXiv:2205.15213). dL/dC = -P(g), so dL/dp = P(g),
///   where P removes what the costs of a forced assignment are invariant to: a constant on all entries of a hit that
///   every maximum matching uses, and entries that none uses (coarse Dulmage–Mendelsohn parts). Least squares, solved
///   by alternating over rows and columns. The free problem has no such invariance: P(g) = g. It does not look at Y:
///   with a loss linear in Y it never stops pushing.
/// - "implicit_mle": implicit maximum likelihood (Niepert et al., NeurIPS 2021, arXiv:2106.01798): the blackbox
///   difference averaged over Gumbel noise e: dL/dp = mean_e [Y(C - T e) - Y(C' - T e)] (/ lambda when scale_free). The
///   published clamp at 0 is left out, because perturbed costs are negative anyway. Needs 2 x samples solves.
///
/// Losses with a gradient of their own (`assignment_loss`), against the assignment Y* of the truth (c = 1 - t):
/// - "spo_plus": Elmachtoub and Grigas, Management Science 2022, arXiv:1710.08005:
///   l = 2 C(Y*) - c(Y*) - min_Y (2C - c)(Y),  dl/dp = 2 (Y(2C - c) - Y*); convex in C, zero once Y* wins by
///   the margin c.
/// - "fenchel_young": perturbed (Berthet et al., NeurIPS 2020, arXiv:2002.08676):
///   l = C(Y*) - mean_e min_Y (C - T e)(Y),  dl/dp = mean_e Y(C - T e) - Y*.
/// The noise is that of perturbed_assignments.hpp.
/// In both, costs include those of leaving hits unassigned, values are sums over the frame's segments, and of
/// several best Y* the one near the forward assignment is taken.
struct EstimatorConfig {
  Estimator estimator = Estimator::Blackbox;  ///< which of the above
  BlackboxConfig blackbox = {};               ///< of blackbox and implicit_mle; costs are 1 - p
  PerturbedAssignments::Config noise = {};    ///< of implicit_mle and fenchel_young; its threads are those of all

  bool is_loss() const { return estimator == Estimator::SpoPlus || estimator == Estimator::FenchelYoung; }
  static constexpr auto fields() {
    return std::tuple{
        core::field("estimator", &EstimatorConfig::estimator, "", "Gradient through the assignment."),
        core::part(&EstimatorConfig::blackbox, {"convention", "lambda"}),
        core::part(&EstimatorConfig::noise),
    };
  }
};

/// dL/dp, one per segment, for the estimators that take any loss. `stream` names the frame and step, so that noise
/// differs between them and is the same for any number of threads. Throws core::InputError for a loss-type estimator.
std::vector<float> assignment_gradient(const Assignment& forward, std::span<const float> scores,
                                       std::span<const float> gradient_of_assigned, const EstimatorConfig& config,
                                       std::uint64_t stream = 0);

/// A loss on the assignment and its gradient, summed over the segments of a frame.
struct LossAndGradient {
  double value = 0.0;           ///< the loss
  std::vector<float> gradient;  ///< d value / dp, one per segment
};

/// SPO+ and Fenchel–Young losses of scores against truth labels t in {0, 1}, one per segment.
LossAndGradient assignment_loss(const Assignment& forward, std::span<const float> scores,
                                std::span<const std::uint8_t> labels, const EstimatorConfig& config,
                                std::uint64_t stream = 0);

/// Cost of a given Y under other costs, leaving costs included; summed pair by pair as the solvers do.
double cost_of_assignment(const Assignment& structure, std::span<const double> costs,
                          std::span<const std::uint8_t> assigned);

/// P(g) of the "identity" estimator.
std::vector<double> project_gradient(const Assignment& forward, std::span<const float> gradient_of_assigned);

}  // namespace difftrack::assign
