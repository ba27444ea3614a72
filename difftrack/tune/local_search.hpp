// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace difftrack::tune {

/// A smooth function: its value at x, and its gradient (as many as x) written into `gradient`.
using SmoothFunction = std::function<double(std::span<const double> x, std::span<double> gradient)>;

/// Where a search ended.
struct LocalMaximum {
  std::vector<double> x;
  double value = 0.0;
};

/// A box.
struct Bounds {
  std::vector<double> low;   ///< one per dimension
  std::vector<double> high;  ///< the same, >= low; equal: that coordinate stays
};

/// Climbs from `start` inside the bounds to a local maximum: NLopt's limited-memory BFGS (Nocedal, Mathematics of
/// Computation 35 (1980) 773; code of L. Luksan). Ends after `evaluations`, or where steps change the value by less
/// than 1e-9 of it. Returns the best place that was looked at, never worse than `start`. The function is called from
/// one thread; what it throws is thrown.
LocalMaximum climb(const SmoothFunction& function, std::vector<double> start, const Bounds& bounds, int evaluations);

}  // namespace difftrack::tune
