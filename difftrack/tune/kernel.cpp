// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/kernel.hpp"

#include <cmath>
#include <numbers>

namespace difftrack::tune {

Correlation correlation(Kernel kernel, double r2) {
  switch (kernel) {
    case Kernel::Matern52: {
      const double s = std::sqrt(5.0 * r2), e = std::exp(-s);
      return {(1.0 + s + s * s / 3.0) * e, -5.0 / 6.0 * (1.0 + s) * e};
    }
    case Kernel::Matern32: {
      const double s = std::numbers::sqrt3 * std::sqrt(r2), e = std::exp(-s);
      return {(1.0 + s) * e, -1.5 * e};
    }
    case Kernel::SquaredExponential:
      break;
  }
  const double e = std::exp(-0.5 * r2);
  return {e, -0.5 * e};
}

Covariance::Covariance(Kernel kernel, const Hyperparameters& parameters) : kernel_(kernel), signal_(parameters.signal) {
  for (const double length : parameters.lengths) inverse_.push_back(1.0 / length);
}

double Covariance::square(const double* a, const double* b) const {
  double sum = 0.0;
  for (std::size_t k = 0; k < inverse_.size(); ++k) {
    const double difference = (a[k] - b[k]) * inverse_[k];
    sum += difference * difference;
  }
  return sum;
}

double Covariance::operator()(const double* a, const double* b) const {
  return signal_ * correlation(kernel_, square(a, b)).value;
}

std::vector<double> Covariance::row(const double* x, std::span<const double> points) const {
  std::vector<double> values(points.size() / dimensions());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (*this)(x, points.data() + i * dimensions());
  return values;
}

void Covariance::add_slope(const double* x, std::span<const double> points, std::span<const double> weights,
                           std::span<double> gradient) const {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double* point = points.data() + i * dimensions();
    const double factor = 2.0 * weights[i] * signal_ * correlation(kernel_, square(x, point)).slope;
    for (std::size_t k = 0; k < dimensions(); ++k)
      gradient[k] += factor * (x[k] - point[k]) * inverse_[k] * inverse_[k];
  }
}

}  // namespace difftrack::tune
