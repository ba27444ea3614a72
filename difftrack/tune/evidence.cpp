// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>

#include "difftrack/core/parallel.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/tune/cholesky_factor.hpp"
#include "difftrack/tune/local_search.hpp"

namespace difftrack::tune {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Half the trace of (ααᵀ − K⁻¹) dK/d log(parameter), for each parameter.
std::vector<double> evidence_slope(Kernel kernel, const Hyperparameters& p, const Observations& seen,
                                   const CholeskyFactor& factor, std::span<const double> alpha) {
  const std::size_t n = seen.size(), d = p.lengths.size();
  const Covariance covariance(kernel, p);
  const std::vector<double> inverse = factor.inverse();
  std::vector<double> slope(d + 2), inverse_square(d);
  for (std::size_t k = 0; k < d; ++k) inverse_square[k] = 1.0 / (p.lengths[k] * p.lengths[k]);
  for (std::size_t j = 0; j < n; ++j) {
    const double* b = seen.points.data() + j * d;
    const double diagonal = alpha[j] * alpha[j] - inverse[j * n + j];
    slope[d] += 0.5 * diagonal * p.signal;
    slope[d + 1] += 0.5 * diagonal * p.noise;
    for (std::size_t i = j + 1; i < n; ++i) {
      const double* a = seen.points.data() + i * d;
      const Correlation c = correlation(kernel, covariance.square(a, b));
      const double weight = (alpha[i] * alpha[j] - inverse[j * n + i]) * p.signal;
      slope[d] += weight * c.value;
      for (std::size_t k = 0; k < d; ++k)
        slope[k] -= 2.0 * weight * c.slope * (a[k] - b[k]) * (a[k] - b[k]) * inverse_square[k];
    }
  }
  return slope;
}

double variance(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / std::max(n, 1.0);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum > 0.0 ? sum / n : 1.0;
}

/// Log-normal prior of the lengths.
struct LengthPrior {
  double median_log, spread;

  double value(double log_length) const {
    const double z = (log_length - median_log) / spread;
    return -0.5 * z * z;
  }
  double slope(double log_length) const { return (median_log - log_length) / (spread * spread); }
};

/// The parameters as a climb sees them: logarithms of lengths, signal and, where it is learnt, noise.
struct LogParameters {
  const GaussianProcessConfig& config;
  std::size_t dimensions;

  std::vector<double> from(const Hyperparameters& p) const {
    std::vector<double> x;
    for (const double length : p.lengths) x.push_back(std::log(length));
    x.push_back(std::log(p.signal));
    if (config.noise == Noise::Learnt) x.push_back(std::log(p.noise));
    return x;
  }
  Hyperparameters to(std::span<const double> x) const {
    Hyperparameters p;
    for (std::size_t k = 0; k < dimensions; ++k) p.lengths.push_back(std::exp(x[k]));
    p.signal = std::exp(x[dimensions]);
    p.noise = config.noise == Noise::Learnt ? std::exp(x[dimensions + 1]) : config.noise_variance;
    return p;
  }
  /// Lengths within three decades of the unit, signal and noise relative to the spread of the values.
  Bounds bounds(double spread) const {
    Bounds box{std::vector<double>(dimensions, std::log(1e-3)), std::vector<double>(dimensions, std::log(1e3))};
    box.low.push_back(std::log(1e-3 * spread));
    box.high.push_back(std::log(1e4 * spread));
    if (config.noise == Noise::Learnt) {
      box.low.push_back(std::log(1e-8 * spread));
      box.high.push_back(std::log(2.0 * spread));
    }
    return box;
  }
};

}  // namespace

Evidence log_evidence(Kernel kernel, const Hyperparameters& parameters, const Observations& observations,
                      std::optional<double> mean) {
  const std::size_t n = observations.size(), d = parameters.lengths.size();
  const Covariance covariance(kernel, parameters);
  CholeskyFactor factor;
  Evidence result;
  result.jitter = factor.append(
      n,
      [&](std::size_t i, std::size_t j) {
        const double own = i == j ? parameters.noise + observations.noises[i] : 0.0;
        return covariance(observations.points.data() + i * d, observations.points.data() + j * d) + own;
      },
      parameters.signal);
  std::vector<double> z = observations.values, ones(n, 1.0);
  factor.solve_lower(z);
  factor.solve_lower(ones);
  result.mean = mean ? *mean : dot(ones, z) / dot(ones, ones);
  for (std::size_t i = 0; i < n; ++i) z[i] -= result.mean * ones[i];
  result.value =
      -0.5 * (dot(z, z) + factor.log_determinant() + static_cast<double>(n) * std::log(2.0 * std::numbers::pi));
  factor.solve_upper(z);
  result.slope = evidence_slope(kernel, parameters, observations, factor, z);
  return result;
}

double default_length_median(std::size_t dimensions) { return std::sqrt(static_cast<double>(dimensions)); }

Hyperparameters fit_hyperparameters(const GaussianProcessConfig& config, const Observations& observations,
                                    const Hyperparameters& start, std::uint64_t stream, int threads) {
  const std::size_t d = start.lengths.size();
  const LogParameters logs{config, d};
  const double spread = variance(observations.values);
  const Bounds bounds = logs.bounds(spread);
  const LengthPrior prior{std::log(config.length_median.value_or(default_length_median(d))), config.length_spread};
  const auto posterior = [&](std::span<const double> x, std::span<double> gradient) {
    const Evidence evidence = log_evidence(config.kernel, logs.to(x), observations, config.mean);
    double value = evidence.value;
    for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] = evidence.slope[k];
    for (std::size_t k = 0; k < d; ++k) {
      value += prior.value(x[k]);
      gradient[k] += prior.slope(x[k]);
    }
    return value;
  };
  std::vector<LocalMaximum> found(static_cast<std::size_t>(config.restarts) + 1);
  core::parallel_for(static_cast<std::int64_t>(found.size()), threads, [&](std::int64_t k) {
    std::vector<double> x = logs.from(start);
    if (k > 0) {
      core::RandomStream random(stream, static_cast<std::uint64_t>(k));
      // Lengths at which data can tell: between a tenth of the space and its whole, as prior draws may all be longer.
      for (std::size_t i = 0; i < d; ++i) x[i] = std::log(0.1) + random.uniform() * std::log(20.0);
      x[d] = std::log(spread) + 2.0 * random.uniform() - 1.0;
      if (config.noise == Noise::Learnt)
        x[d + 1] = std::log(spread) + std::log(1e-6) + random.uniform() * std::log(1e5);
    }
    found[static_cast<std::size_t>(k)] = climb(posterior, x, bounds, config.fit_steps);
  });
  const auto best =
      std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  Hyperparameters fitted = logs.to(best->x);
  fitted.mean = log_evidence(config.kernel, fitted, observations, config.mean).mean;
  return fitted;
}

}  // namespace difftrack::tune
