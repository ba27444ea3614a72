// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "difftrack/tune/cholesky_factor.hpp"
#include "difftrack/tune/evidence.hpp"
#include "difftrack/tune/kernel.hpp"

namespace difftrack::tune {

/// The process at one place, given the observations; noise of an observation is not included.
struct Prediction {
  double mean = 0.0;
  double variance = 0.0;  ///< >= 0
};

/// The same with derivatives by the place, one per dimension.
struct PredictionSlope {
  Prediction at;
  std::vector<double> mean;      ///< d mean / dx
  std::vector<double> variance;  ///< d variance / dx
};

/// A Gaussian process whose parameters stay fixed between fits, so that n observations take one more in O(n²): the lazy
/// process of arXiv:2001.05726.
///
/// With K the covariances of the observations and their noise, L Lᵀ = K, and m the constant mean: mean(x) = m + kᵀα
/// with α = K⁻¹(y − m), O(n); variance(x) = k(x, x) − |L⁻¹k|², O(n²). L⁻¹y and L⁻¹1 are kept, so that an observation
/// costs two triangular solves. refit() is O(n³) per evaluation of the evidence.
class GaussianProcess {
 public:
  using Config = GaussianProcessConfig;  ///< options

  /// Without observations. `seed` decides the starts of the fits. Throws core::InputError for no dimension.
  GaussianProcess(std::size_t dimensions, const Config& config, std::uint64_t seed = 1);

  /// Adds observations: rows of `points`, their values, and variances of their own (none: 0). O(m n²) for m of them.
  /// Throws core::InputError when sizes do not fit, a number is not finite, or a variance is negative.
  void add(std::span<const double> points, std::span<const double> values, std::span<const double> noises = {});
  /// Takes out observation i < size(), O(n²).
  void remove(std::size_t i);
  /// Replaces all values, O(n²).
  void set_values(std::span<const double> values);

  /// Whether a fit is due: none yet, one more of the first `eager` observations, `lag` observations since, or the
  /// evidence per observation has dropped.
  bool due() const;
  /// Finds the parameters of largest posterior probability; `threads` is without effect on the result.
  void refit(int threads = 1);
  /// Sets the parameters; the mean is looked at where the Config fixes it only. O(n³).
  void set_parameters(const Hyperparameters& parameters);

  /// At a place of as many coordinates as dimensions.
  Prediction predict(std::span<const double> x) const;
  /// At several places, row by row: what predict() says of each, to rounding, by one triangular solve with a right side
  /// per place, which reads the factor once for all.
  std::vector<Prediction> predict_all(std::span<const double> places) const;
  /// Mean alone, O(n).
  double mean(std::span<const double> x) const;
  /// With derivatives.
  PredictionSlope predict_with_slope(std::span<const double> x) const;

  /// log p(values | points, parameters), O(n).
  double log_evidence() const;
  std::size_t size() const { return seen_.size(); }                      ///< observations
  std::size_t dimensions() const { return parameters_.lengths.size(); }  ///< of a place
  const Observations& observations() const { return seen_; }             ///< in the order of adding
  const Hyperparameters& parameters() const { return parameters_; }      ///< in effect
  const Config& config() const { return config_; }                       ///< as given
  std::span<const double> weights() const { return alpha_; }             ///< α, one per observation
  std::int64_t fits() const { return fits_; }                            ///< number of refit() so far
  /// What was added to the diagonal to keep pivots positive, and why; empty: nothing.
  const std::string& jitter_reason() const { return jitter_reason_; }
  /// L, for who draws functions from the process.
  const CholeskyFactor& factor() const { return factor_; }

 private:
  void append(std::size_t first);
  void settle(std::size_t from);

  Config config_;
  std::uint64_t seed_;
  Hyperparameters parameters_;
  Observations seen_;
  CholeskyFactor factor_;
  std::vector<double> values_below_, ones_below_;  // L⁻¹y, L⁻¹1
  std::vector<double> alpha_;
  std::string jitter_reason_;
  std::int64_t fits_ = 0;
  std::size_t size_at_fit_ = 0;
  std::optional<double> evidence_at_fit_;  // per observation
};

}  // namespace difftrack::tune
