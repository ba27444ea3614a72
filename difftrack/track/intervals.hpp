// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace difftrack::track {

/// A value with its 95 % confidence interval; all NaN when there is nothing to take it from.
struct Estimate {
  double value = 0.0;  ///< the estimate
  double low = 0.0, high = 0.0;
};

/// successes / trials with Wilson's score interval (Wilson 1927, JASA 22, 209), which stays inside [0, 1] and is
/// sensible at 0 and 1. NaN for no trials.
Estimate proportion(std::int64_t successes, std::int64_t trials);

/// Mean of independent values with Student's t interval, not clipped; values that are NaN are left out. With a single
/// value the interval is NaN.
Estimate mean(std::span<const double> values);

/// The 97.5 % quantile of Student's t distribution with nu >= 1 degrees of freedom; to 1e-3.
double t_quantile(std::int64_t nu);

}  // namespace difftrack::track
