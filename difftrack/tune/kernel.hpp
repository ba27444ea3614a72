// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "difftrack/core/choices.hpp"

namespace difftrack::tune {

/// How fast neighbours forget each other: the correlation of a stationary Gaussian process as a function of the scaled
/// distance r.
enum class Kernel { Matern52, Matern32, SquaredExponential };
/// Names of the kernels.
constexpr core::Choices<Kernel, 3> choices(Kernel) {
  return {{{Kernel::Matern52, "matern-5/2", "twice differentiable"},
           {Kernel::Matern32, "matern-3/2", "once differentiable"},
           {Kernel::SquaredExponential, "squared-exponential", "infinitely smooth"}}};
}

/// A correlation and its derivative.
struct Correlation {
  double value;  ///< in (0, 1]; 1 at r = 0
  double slope;  ///< d value / d(r²), finite everywhere
};

/// The correlation at a scaled distance whose square is `r2` >= 0. With s = sqrt(5) r and s = sqrt(3) r the Matérn
/// kernels are (1 + s + s²/3) exp(-s) and (1 + s) exp(-s) (Rasmussen and Williams, Gaussian Processes for Machine
/// Learning, 2006, eq. 4.17); the third is exp(-r²/2).
Correlation correlation(Kernel kernel, double r2);

/// What a fit determines: variances in the square of the unit of the values, lengths in the unit of the coordinates.
struct Hyperparameters {
  double signal = 1.0;          ///< variance of the process
  double noise = 0.0;           ///< variance of every observation, beside its own
  double mean = 0.0;            ///< of the process, in the unit of the values
  std::vector<double> lengths;  ///< one per dimension, > 0: r² = sum of (difference / length)²
};

/// signal * correlation: the covariance of the process at two places.
class Covariance {
 public:
  /// Of a kernel with these lengths and this signal.
  Covariance(Kernel kernel, const Hyperparameters& parameters);

  std::size_t dimensions() const { return inverse_.size(); }  ///< of a place
  double signal() const { return signal_; }                   ///< covariance of a place with itself

  /// Square of the scaled distance of two places.
  double square(const double* a, const double* b) const;
  /// Covariance of two places.
  double operator()(const double* a, const double* b) const;
  /// Covariances of x with each of `points` (row by row): as many as there are rows.
  std::vector<double> row(const double* x, std::span<const double> points) const;
  /// Adds to `gradient` (one per dimension) the derivative by x of sum_i weights[i] * covariance(x, points[i]).
  void add_slope(const double* x, std::span<const double> points, std::span<const double> weights,
                 std::span<double> gradient) const;

 private:
  Kernel kernel_;
  double signal_;
  std::vector<double> inverse_;  // 1 / length
};

}  // namespace difftrack::tune
