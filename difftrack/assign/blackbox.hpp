// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::assign {

/// How lambda is meant, see BlackboxConfig.
enum class Convention { Published, ScaleFree };
/// Their names.
constexpr core::Choices<Convention, 2> choices(Convention) {
  return {{{Convention::Published, "published", "C' = max(C + lambda g, 0), gradient Y - Y'"},
           {Convention::ScaleFree, "scale_free", "lambda relative to rms(g), factor 1/lambda"}}};
}

/// The blackbox derivative of the assignment (Vlastelica et al., "Differentiation of blackbox combinatorial solvers",
/// ICLR 2020, arXiv:1912.02175), for the forced and the free problem.
///
/// Forward: C = 1 - p, Y(C) = argmin_Y C·Y over the matchings of every layer pair. Y is piecewise constant, so its true
/// gradient is zero almost everywhere. With g = dL/dY the loss is replaced by the piecewise-affine
///   f_lambda(C) = ( min_Y (C + lambda g)·Y - min_Y C·Y ) / lambda      (+ a constant)
/// whose exact gradient is (Y(C + lambda g) - Y(C)) / lambda; with respect to p it has the opposite sign.
///
/// Conventions:
/// - "published" (docs/method.md section 4): C' = max(C + lambda g, 0), dL/dp = Y(C) - Y(C'), without the factor
///   1 / lambda. The size of lambda g then depends on how the loss was averaged (frames per step, segments per frame).
/// - "scale_free": lambda_eff = lambda * cost_scale / rms(g), C' = C + lambda_eff g (no clamp: it would break the
///   identity above), dL/dp = (Y(C) - Y(C')) / lambda_eff. rms(g) is the root mean square over the segments of this
///   frame, so the costs of a typical segment move by lambda * cost_scale whatever the frame, the batch or a factor on
///   the loss; the result is proportional to that factor, as a gradient must be. cost_scale is 1 for costs 1 - p.
struct BlackboxConfig {
  Convention convention = Convention::Published;
  double lambda = 25.0;      ///< cost per unit of g (published), or a pure number (scale_free)
  double cost_scale = 1.0;   ///< scale_free only
  std::int32_t threads = 1;  ///< over layer pairs; never changes the result

  bool scale_free() const { return convention == Convention::ScaleFree; }
  static constexpr auto fields() {
    return std::tuple{
        core::field("convention", &BlackboxConfig::convention, "", "Meaning of lambda."),
        core::field("lambda", &BlackboxConfig::lambda, "", core::Range{1e-12, 1e12},
                    "Length of the step from C to C' along the gradient."),
        core::field("cost_scale", &BlackboxConfig::cost_scale, "", core::Range{1e-300, 1e300},
                    "Scale of the costs that a scale-free lambda is relative to; 1 for costs 1 - p."),
        core::field("threads", &BlackboxConfig::threads, "", core::Range{0, 1024},
                    "Number of threads, without effect on the result; 0: all cores."),
    };
  }
};

/// The factor that multiplies g: lambda as it is (published) or relative to this g (scale_free; 0 when g is all zero).
double effective_lambda(std::span<const float> gradient_of_assigned, const BlackboxConfig& config);

/// dL/dp, one per segment, from g = dL/dY. `forward` is the assignment made from `scores`; the solve of C' starts from
/// its duals. Forbidden segments get 0. Throws core::InputError when g is not finite.
std::vector<float> blackbox_gradient(const Assignment& forward, std::span<const float> scores,
                                     std::span<const float> gradient_of_assigned, const BlackboxConfig& config = {});

/// Costs 1 - p of scores, in double.
std::vector<double> costs_of(std::span<const float> scores);

/// f_lambda(C) for the linear loss g·Y, evaluated by two solves near `forward` (any assignment of the same structure).
/// Its finite difference along a direction in C equals (Y(C + lambda g) - Y(C)) / lambda times the direction, up to
/// rounding, when no breakpoint lies between the two points. For a loss that is not linear in Y, g is its gradient at
/// Y(C).
double interpolated_loss(const Assignment& forward, std::span<const double> costs,
                         std::span<const float> gradient_of_assigned, double lambda);

/// Margin of training (docs/method.md section 4): p + alpha / 2 on false, p - alpha / 2 on true segments, kept in
/// [0, 1].
std::vector<float> with_margin(std::span<const float> scores, std::span<const std::uint8_t> labels, double alpha);

}  // namespace difftrack::assign
