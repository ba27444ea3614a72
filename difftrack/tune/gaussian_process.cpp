// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/gaussian_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "difftrack/core/error.hpp"

namespace difftrack::tune {

namespace {

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void check_finite(std::span<const double> numbers, const char* what) {
  for (const double number : numbers)
    if (!std::isfinite(number)) throw core::InputError({"", what, fmt::format("{}", number)}, "is not finite");
}

}  // namespace

GaussianProcess::GaussianProcess(std::size_t dimensions, const Config& config, std::uint64_t seed)
    : config_(config), seed_(seed) {
  if (dimensions == 0) throw core::InputError({"", "dimensions", "0"}, "leave nothing to vary");
  core::check_fields(config, "");
  parameters_.lengths.assign(dimensions, 0.5);
  parameters_.noise = config.noise_variance;
}

void GaussianProcess::add(std::span<const double> points, std::span<const double> values,
                          std::span<const double> noises) {
  if (points.size() != values.size() * dimensions() || (!noises.empty() && noises.size() != values.size()))
    throw core::InputError({"", "observations", std::to_string(values.size())},
                           fmt::format("do not fit {} coordinates in {} dimensions and {} variances", points.size(),
                                       dimensions(), noises.size()));
  check_finite(points, "coordinate");
  check_finite(values, "value");
  check_finite(noises, "variance");
  for (const double noise : noises)
    if (noise < 0.0) throw core::InputError({"", "variance", fmt::format("{}", noise)}, "is negative");
  const std::size_t first = size();
  seen_.points.insert(seen_.points.end(), points.begin(), points.end());
  seen_.values.insert(seen_.values.end(), values.begin(), values.end());
  seen_.noises.resize(size(), 0.0);
  std::copy(noises.begin(), noises.end(), seen_.noises.begin() + static_cast<std::ptrdiff_t>(first));
  append(first);
}

void GaussianProcess::append(std::size_t first) {
  const Covariance covariance(config_.kernel, parameters_);
  const std::size_t d = dimensions();
  const double jitter = factor_.append(
      size() - first,
      [&](std::size_t i, std::size_t j) {
        const double own = i == j ? parameters_.noise + seen_.noises[i] : 0.0;
        return covariance(seen_.points.data() + i * d, seen_.points.data() + j * d) + own;
      },
      parameters_.signal);
  if (jitter > 0.0)
    jitter_reason_ = fmt::format(
        "observations {} to {} depend on others to rounding (places repeated or very near, noise {:.2g}): their "
        "variance "
        "was raised by {:.2g}",
        first, size() - 1, parameters_.noise, jitter);
  settle(first);
}

void GaussianProcess::settle(std::size_t from) {
  values_below_.resize(size());
  ones_below_.resize(size());
  std::copy(seen_.values.begin() + static_cast<std::ptrdiff_t>(from), seen_.values.end(),
            values_below_.begin() + static_cast<std::ptrdiff_t>(from));
  std::fill(ones_below_.begin() + static_cast<std::ptrdiff_t>(from), ones_below_.end(), 1.0);
  factor_.solve_lower(values_below_, 1, from);
  factor_.solve_lower(ones_below_, 1, from);
  parameters_.mean = config_.mean  ? *config_.mean
                     : size() == 0 ? 0.0
                                   : dot(ones_below_, values_below_) / dot(ones_below_, ones_below_);
  alpha_ = values_below_;
  for (std::size_t i = 0; i < size(); ++i) alpha_[i] -= parameters_.mean * ones_below_[i];
  factor_.solve_upper(alpha_);
}

void GaussianProcess::remove(std::size_t i) {
  if (i >= size()) throw core::InputError({"", "observation", std::to_string(i)}, "is not there");
  const auto at = static_cast<std::ptrdiff_t>(i), d = static_cast<std::ptrdiff_t>(dimensions());
  seen_.points.erase(seen_.points.begin() + at * d, seen_.points.begin() + (at + 1) * d);
  seen_.values.erase(seen_.values.begin() + at);
  seen_.noises.erase(seen_.noises.begin() + at);
  factor_.remove(i);
  settle(i);
}

void GaussianProcess::set_values(std::span<const double> values) {
  if (values.size() != size())
    throw core::InputError({"", "values", std::to_string(values.size())}, fmt::format("are not {}", size()));
  check_finite(values, "value");
  seen_.values.assign(values.begin(), values.end());
  settle(0);
}

bool GaussianProcess::due() const {
  if (size() < 2) return false;
  if (!evidence_at_fit_) return true;
  if (size() > size_at_fit_ && size() <= static_cast<std::size_t>(config_.eager)) return true;
  if (size() >= size_at_fit_ + static_cast<std::size_t>(config_.lag)) return true;
  return log_evidence() / static_cast<double>(size()) < *evidence_at_fit_ - config_.evidence_drop;
}

void GaussianProcess::refit(int threads) {
  if (size() < 2) return;
  Hyperparameters start = parameters_;
  start.noise = std::max(start.noise, 1e-8);
  ++fits_;
  set_parameters(fit_hyperparameters(config_, seen_, start, seed_ + static_cast<std::uint64_t>(fits_), threads));
  size_at_fit_ = size();
  evidence_at_fit_ = log_evidence() / static_cast<double>(size());
}

void GaussianProcess::set_parameters(const Hyperparameters& parameters) {
  const auto positive = [](double x) { return std::isfinite(x) && x > 0.0; };
  if (parameters.lengths.size() != dimensions() || !positive(parameters.signal) || !(parameters.noise >= 0.0) ||
      !std::all_of(parameters.lengths.begin(), parameters.lengths.end(), positive))
    throw core::InputError(
        {"", "parameters", ""},
        fmt::format("must be {} positive lengths, a positive signal and a noise from 0", dimensions()));
  parameters_ = parameters;
  jitter_reason_.clear();
  factor_.clear();
  append(0);
}

double GaussianProcess::mean(std::span<const double> x) const {
  const std::vector<double> k = Covariance(config_.kernel, parameters_).row(x.data(), seen_.points);
  return parameters_.mean + dot(k, alpha_);
}

Prediction GaussianProcess::predict(std::span<const double> x) const {
  std::vector<double> k = Covariance(config_.kernel, parameters_).row(x.data(), seen_.points);
  const double mean = parameters_.mean + dot(k, alpha_);
  factor_.solve_lower(k);
  return {mean, std::max(0.0, parameters_.signal - dot(k, k))};
}

std::vector<Prediction> GaussianProcess::predict_all(std::span<const double> places) const {
  const Covariance covariance(config_.kernel, parameters_);
  const std::size_t count = places.size() / dimensions(), n = size();
  std::vector<double> rows;
  rows.reserve(count * n);
  std::vector<Prediction> all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<double> k = covariance.row(places.data() + i * dimensions(), seen_.points);
    all.push_back({parameters_.mean + dot(k, alpha_), 0.0});
    rows.insert(rows.end(), k.begin(), k.end());
  }
  factor_.solve_lower(rows, count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto below = std::span(rows).subspan(i * n, n);
    all[i].variance = std::max(0.0, parameters_.signal - dot(below, below));
  }
  return all;
}

PredictionSlope GaussianProcess::predict_with_slope(std::span<const double> x) const {
  const Covariance covariance(config_.kernel, parameters_);
  std::vector<double> k = covariance.row(x.data(), seen_.points);
  PredictionSlope result;
  result.mean.assign(dimensions(), 0.0);
  result.variance.assign(dimensions(), 0.0);
  result.at.mean = parameters_.mean + dot(k, alpha_);
  covariance.add_slope(x.data(), seen_.points, alpha_, result.mean);
  factor_.solve_lower(k);
  result.at.variance = std::max(0.0, parameters_.signal - dot(k, k));
  factor_.solve_upper(k);
  for (double& each : k) each *= -2.0;
  covariance.add_slope(x.data(), seen_.points, k, result.variance);
  return result;
}

double GaussianProcess::log_evidence() const {
  double square = 0.0;
  for (std::size_t i = 0; i < size(); ++i) {
    const double z = values_below_[i] - parameters_.mean * ones_below_[i];
    square += z * z;
  }
  return -0.5 * (square + factor_.log_determinant() + static_cast<double>(size()) * std::log(2.0 * std::numbers::pi));
}

}  // namespace difftrack::tune
