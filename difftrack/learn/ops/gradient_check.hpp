// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "difftrack/assign/blackbox.hpp"
#include "difftrack/core/fields.hpp"

namespace difftrack::learn {

/// How the gradient of an assignment is compared with finite differences.
struct GradientCheckConfig {
  std::int32_t directions = 8;
  double step = 1e-6;
  double tolerance = 1e-3;
  std::int64_t direction_seed = 1;
  static constexpr auto fields() {
    using core::field;
    return std::tuple{
        field("directions", &GradientCheckConfig::directions, "", {1, 1e6}, "Random directions tried per frame."),
        field("step", &GradientCheckConfig::step, "", {1e-12, 1.0},
              "Step of the finite difference, on the scale of 1 - p."),
        field("tolerance", &GradientCheckConfig::tolerance, "", {0.0, 1.0},
              "Largest difference relative to the norm of the gradient along the direction."),
        field("direction_seed", &GradientCheckConfig::direction_seed, "", {0, 4e9}, "Seed of the directions."),
    };
  }
};

/// One direction: derivatives of lambda · f along it.
struct DirectionCheck {
  double analytic = 0.0;                 ///< gradient of the layer · direction · lambda
  double forward = 0.0, backward = 0.0;  ///< one-sided differences
  bool smooth = true;                    ///< both sides agree: no change of the optimum in between
  bool agrees = false;
};

/// What check_gradient found in one frame.
struct GradientCheck {
  double lambda = 0.0;       ///< that multiplies dL/dY
  std::int64_t nonzero = 0;  ///< entries of the gradient
  std::int64_t clamped = 0;  ///< segments whose cost C + lambda g the published convention raises to 0
  double norm = 0.0;         ///< of lambda · gradient
  std::vector<DirectionCheck> directions;

  /// Whether all directions agree.
  bool agrees() const;
  double worst() const;  ///< largest distance from the interval of the one-sided differences
};

/// Compares `gradient` = dL/dp, as the assignment layer returned it for `gradient_of_assigned` = dL/dY, with
/// differences of the interpolated loss f_lambda (assign/blackbox.hpp) in `config.directions` random directions of the
/// costs.
///
/// f_lambda is piecewise affine: where the optimum does not change within the step, the difference is the derivative up
/// to rounding; where it does, the step is shortened twice, and then the gradient must lie between the one-sided
/// differences (ties: the function has a kink exactly there). Everything is multiplied by lambda, so that the
/// tolerance means the same for both conventions. For the blackbox estimator.
GradientCheck check_gradient(const assign::Assignment& forward, std::span<const float> scores,
                             std::span<const float> gradient_of_assigned, std::span<const float> gradient,
                             const assign::BlackboxConfig& blackbox, const GradientCheckConfig& config);

}  // namespace difftrack::learn
