// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/acquisition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>

#include "difftrack/core/random.hpp"

namespace difftrack::tune {

namespace {

constexpr double kSmallestDeviation = 1e-9;  // of the process; below it nothing is left to learn at a place

double density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi); }
double below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double deviation(const Prediction& at, double signal) {
  return std::max(std::sqrt(at.variance), kSmallestDeviation * std::sqrt(signal));
}

/// Standard deviation and its derivative in place of the variance's.
double deviation(PredictionSlope& at, double signal) {
  const double floor = kSmallestDeviation * std::sqrt(signal), sigma = deviation(at.at, signal);
  for (double& each : at.variance) each = sigma > floor ? each / (2.0 * sigma) : 0.0;
  return sigma;
}

/// Largest mean at an observed place; K α = y − m, so that the mean there is y − noise · α.
double best_mean(const GaussianProcess& process) {
  double best = -std::numeric_limits<double>::infinity();
  const Observations& seen = process.observations();
  for (std::size_t i = 0; i < seen.size(); ++i)
    best = std::max(best, seen.values[i] - (process.parameters().noise + seen.noises[i]) * process.weights()[i]);
  return best;
}

/// Values that follow from mean and standard deviation.
template <class Value>
std::function<std::vector<double>(std::span<const double>)> values_by(const GaussianProcess& process, Value value) {
  return [&process, value](std::span<const double> places) {
    std::vector<double> values;
    for (const Prediction& at : process.predict_all(places))
      values.push_back(value(at.mean, deviation(at, process.parameters().signal)));
    return values;
  };
}

/// Values by the function of one place.
Worth one_by_one(const GaussianProcess& process, SmoothFunction at) {
  return {at, [at, d = process.dimensions()](std::span<const double> places) {
            std::vector<double> values, unused(d);
            for (std::size_t i = 0; i < places.size(); i += d) values.push_back(at(places.subspan(i, d), unused));
            return values;
          }};
}

Worth improvement(const GaussianProcess& process, bool logarithm) {
  const double best = best_mean(process);
  const auto value = [logarithm, best](double mean, double sigma) {
    const double z = (mean - best) / sigma;
    return logarithm ? log_improvement(z).value + std::log(sigma) : sigma * (density(z) + z * below(z));
  };
  const auto at_one = [&process, logarithm, best](std::span<const double> x, std::span<double> gradient) {
    PredictionSlope at = process.predict_with_slope(x);
    const double sigma = deviation(at, process.parameters().signal), z = (at.at.mean - best) / sigma;
    if (!logarithm) {
      for (std::size_t k = 0; k < x.size(); ++k) gradient[k] = below(z) * at.mean[k] + density(z) * at.variance[k];
      return sigma * (density(z) + z * below(z));
    }
    const LogImprovement log = log_improvement(z);
    for (std::size_t k = 0; k < x.size(); ++k)
      gradient[k] = log.slope * (at.mean[k] - z * at.variance[k]) / sigma + at.variance[k] / sigma;
    return log.value + std::log(sigma);
  };
  return {at_one, values_by(process, value)};
}

Worth upper_bound(const GaussianProcess& process, double kappa) {
  const auto at_one = [&process, kappa](std::span<const double> x, std::span<double> gradient) {
    PredictionSlope at = process.predict_with_slope(x);
    const double sigma = deviation(at, process.parameters().signal);
    for (std::size_t k = 0; k < x.size(); ++k) gradient[k] = at.mean[k] + kappa * at.variance[k];
    return at.at.mean + kappa * sigma;
  };
  return {at_one, values_by(process, [kappa](double mean, double sigma) { return mean + kappa * sigma; })};
}

std::vector<double> normals(std::size_t n, core::RandomStream& random) {
  std::vector<double> values(n);
  for (double& each : values) each = random.normal();
  return values;
}

/// What is left of the values when a draw at the observed places and its noise are taken off, through K⁻¹: adding
/// kᵀ of it to the draw makes it one of the process given the data (Matheron's rule).
std::vector<double> correction(const GaussianProcess& process, const std::vector<double>& drawn,
                               core::RandomStream& random) {
  const Observations& seen = process.observations();
  std::vector<double> rest(seen.size());
  for (std::size_t i = 0; i < rest.size(); ++i)
    rest[i] = seen.values[i] - process.parameters().mean - drawn[i] -
              std::sqrt(process.parameters().noise + seen.noises[i]) * random.normal();
  process.factor().solve_lower(rest);
  process.factor().solve_upper(rest);
  return rest;
}

/// The process without noise, with several drawn sets of values at the observed places.
struct NoiselessDraws {
  Covariance covariance;
  CholeskyFactor factor;
  std::vector<std::vector<double>> weights;  // one α per draw
  std::vector<double> best;                  // largest value of each draw
};

std::shared_ptr<const NoiselessDraws> draw_noiseless(const GaussianProcess& process, int draws, std::uint64_t seed) {
  const Observations& seen = process.observations();
  const std::size_t n = seen.size(), d = process.dimensions();
  auto made = std::make_shared<NoiselessDraws>(
      NoiselessDraws{Covariance(process.config().kernel, process.parameters()), {}, {}, {}});
  const auto place = [&](std::size_t i) { return seen.points.data() + i * d; };
  const auto entry = [&](std::size_t i, std::size_t j) { return made->covariance(place(i), place(j)); };
  made->factor.append(n, entry, process.parameters().signal);
  for (int s = 0; s < draws; ++s) {
    core::RandomStream random(seed, static_cast<std::uint64_t>(s));
    std::vector<double> values = made->factor.times(normals(n, random));
    const std::vector<double> weights = correction(process, values, random);
    std::vector<double> shift(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const std::vector<double> row = made->covariance.row(place(i), seen.points);
      shift[i] = std::inner_product(row.begin(), row.end(), weights.begin(), 0.0);
    }
    for (std::size_t i = 0; i < n; ++i) values[i] += shift[i];
    made->best.push_back(*std::max_element(values.begin(), values.end()));
    made->factor.solve_lower(values);
    made->factor.solve_upper(values);
    made->weights.push_back(std::move(values));
  }
  return made;
}

/// log of the mean of exp(log expected improvement) over the draws. Values are relative to the mean of the process.
SmoothFunction noisy_improvement(const GaussianProcess& process, int draws, std::uint64_t seed) {
  return [&process, own = draw_noiseless(process, draws, seed)](std::span<const double> x, std::span<double> gradient) {
    const std::vector<double>& points = process.observations().points;
    std::vector<double> k = own->covariance.row(x.data(), points);
    const std::vector<double> row = k;
    PredictionSlope at;
    at.variance.assign(x.size(), 0.0);
    own->factor.solve_lower(k);
    at.at.variance = std::max(0.0, own->covariance.signal() - std::inner_product(k.begin(), k.end(), k.begin(), 0.0));
    own->factor.solve_upper(k);
    for (double& each : k) each *= -2.0;
    own->covariance.add_slope(x.data(), points, k, at.variance);
    const double sigma = deviation(at, own->covariance.signal());
    std::vector<LogImprovement> logs;
    std::vector<double> z;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t s = 0; s < own->best.size(); ++s) {
      const double mean = std::inner_product(row.begin(), row.end(), own->weights[s].begin(), 0.0);
      z.push_back((mean - own->best[s]) / sigma);
      logs.push_back(log_improvement(z[s]));
      largest = std::max(largest, logs[s].value);
    }
    double sum = 0.0, along = 0.0;
    std::vector<double> weights(row.size(), 0.0);
    for (std::size_t s = 0; s < logs.size(); ++s) sum += std::exp(logs[s].value - largest);
    for (std::size_t s = 0; s < logs.size(); ++s) {
      const double part = std::exp(logs[s].value - largest) / sum * logs[s].slope / sigma;
      along -= part * z[s];
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] += part * own->weights[s][i];
    }
    for (std::size_t j = 0; j < x.size(); ++j) gradient[j] = (along + 1.0 / sigma) * at.variance[j];
    own->covariance.add_slope(x.data(), points, weights, gradient);
    return largest + std::log(sum / static_cast<double>(logs.size())) + std::log(sigma);
  };
}

/// A draw of the process before data: a sum of waves. Their vectors are normal for the squared exponential kernel, and
/// Student-t with 2ν degrees of freedom for a Matérn kernel of smoothness ν.
struct Waves {
  static constexpr std::size_t kCount = 512;
  std::size_t dimensions;
  std::vector<double> vectors, phases, heights;

  Waves(const GaussianProcess& process, core::RandomStream& random) : dimensions(process.dimensions()) {
    const Kernel kernel = process.config().kernel;
    const int freedom = kernel == Kernel::Matern52 ? 5 : kernel == Kernel::Matern32 ? 3 : 0;
    const double height = std::sqrt(2.0 * process.parameters().signal / static_cast<double>(kCount));
    for (std::size_t w = 0; w < kCount; ++w) {
      double stretch = 1.0;
      if (freedom > 0) {
        double square = 0.0;
        for (const double each : normals(static_cast<std::size_t>(freedom), random)) square += each * each;
        stretch = std::sqrt(freedom / square);
      }
      for (std::size_t k = 0; k < dimensions; ++k)
        vectors.push_back(stretch * random.normal() / process.parameters().lengths[k]);
      phases.push_back(2.0 * std::numbers::pi * random.uniform());
      heights.push_back(height * random.normal());
    }
  }
  double operator()(const double* x, std::span<double> gradient) const {
    double sum = 0.0;
    for (std::size_t w = 0; w < kCount; ++w) {
      const double* vector = vectors.data() + w * dimensions;
      const double phase = std::inner_product(vector, vector + dimensions, x, phases[w]);
      sum += heights[w] * std::cos(phase);
      const double slope = -heights[w] * std::sin(phase);
      for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] += slope * vector[k];
    }
    return sum;
  }
};

SmoothFunction drawn_function(const GaussianProcess& process, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  const auto waves = std::make_shared<const Waves>(process, random);
  const Observations& seen = process.observations();
  std::vector<double> drawn;
  for (std::size_t i = 0; i < seen.size(); ++i)
    drawn.push_back((*waves)(seen.points.data() + i * process.dimensions(), {}));
  return [&process, waves, weights = correction(process, drawn, random)](std::span<const double> x,
                                                                         std::span<double> gradient) {
    const Covariance covariance(process.config().kernel, process.parameters());
    const std::vector<double>& points = process.observations().points;
    const std::vector<double> k = covariance.row(x.data(), points);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    const double wave = (*waves)(x.data(), gradient);
    covariance.add_slope(x.data(), points, weights, gradient);
    return process.parameters().mean + wave + std::inner_product(k.begin(), k.end(), weights.begin(), 0.0);
  };
}

}  // namespace

LogImprovement log_improvement(double z) {
  if (z > -1.0) {
    const double value = density(z) + z * below(z);
    return {std::log(value), below(z) / value};
  }
  // φ(z) + z Φ(z) = φ(t) (1 − t m(t)) with t = −z and Mills' ratio m; far out 1 − t m is its asymptotic series.
  constexpr double kFar = 25.0;
  const double t = -z, u = 1.0 / (t * t);
  const double log_density = -0.5 * z * z - 0.5 * std::log(2.0 * std::numbers::pi);
  if (t > kFar) {
    const double rest = u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * 945.0))));
    return {log_density + std::log(rest), (1.0 - rest) / (t * rest)};
  }
  const double mills = below(z) / density(z), rest = 1.0 - t * mills;
  return {log_density + std::log(rest), mills / rest};
}

Worth make_acquisition(Acquisition kind, const GaussianProcess& process, double kappa, int draws, std::uint64_t seed) {
  switch (kind) {
    case Acquisition::ExpectedImprovement:
      return improvement(process, false);
    case Acquisition::LogExpectedImprovement:
      return improvement(process, true);
    case Acquisition::NoisyExpectedImprovement:
      return one_by_one(process, noisy_improvement(process, draws, seed));
    case Acquisition::UpperBound:
      return upper_bound(process, kappa);
    case Acquisition::Thompson:
      break;
  }
  return one_by_one(process, drawn_function(process, seed));
}

}  // namespace difftrack::tune
