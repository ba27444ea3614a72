// SPDX-License-Identifier: Apache-2.0
// The lazy process against a dense factorisation, its gradients against differences, and against scikit-learn.
#include "difftrack/tune/gaussian_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::tune {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kDimensions = 3;
constexpr Kernel kKernels[] = {Kernel::Matern52, Kernel::Matern32, Kernel::SquaredExponential};

Hyperparameters some_parameters() { return {1.7, 1e-3, 0.0, {0.4, 0.9, 0.25}}; }

Observations some_observations(std::size_t n) {
  core::RandomStream random(7, 3);
  Observations seen;
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 2.0;
    for (std::size_t k = 0; k < kDimensions; ++k) {
      seen.points.push_back(random.uniform());
      sum += std::sin(4.0 * static_cast<double>(k + 1) * seen.points.back());
    }
    seen.values.push_back(sum);
    seen.noises.push_back(0.01 * random.uniform());
  }
  return seen;
}

/// Solves A x = b by elimination with pivots, and adds log |det A| to `log_determinant`.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b,
                          double* log_determinant = nullptr) {
  const std::size_t n = b.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r)
      if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
    std::swap(a[c], a[pivot]);
    std::swap(b[c], b[pivot]);
    if (log_determinant != nullptr) *log_determinant += std::log(std::abs(a[c][c]));
    for (std::size_t r = c + 1; r < n; ++r) {
      const double factor = a[r][c] / a[c][c];
      for (std::size_t k = c; k < n; ++k) a[r][k] -= factor * a[c][k];
      b[r] -= factor * b[c];
    }
  }
  for (std::size_t c = n; c-- > 0;) {
    for (std::size_t k = c + 1; k < n; ++k) b[c] -= a[c][k] * b[k];
    b[c] /= a[c][c];
  }
  return b;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Textbook formulas, with a general solver.
struct Dense {
  Dense(const GaussianProcess& process, Kernel kernel)
      : covariance(kernel, process.parameters()), seen(process.observations()) {
    const std::size_t n = seen.size();
    matrix.assign(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        matrix[i][j] = covariance(place(i), place(j)) + (i == j ? process.parameters().noise + seen.noises[i] : 0.0);
    const std::vector<double> ones(n, 1.0);
    double log_determinant = 0.0;
    mean = dot(ones, solve(matrix, seen.values, &log_determinant)) / dot(ones, solve(matrix, ones));
    std::vector<double> rest = seen.values;
    for (double& each : rest) each -= mean;
    alpha = solve(matrix, rest);
    evidence = -0.5 * (dot(rest, alpha) + log_determinant + static_cast<double>(n) * std::log(2.0 * std::numbers::pi));
  }
  const double* place(std::size_t i) const { return seen.points.data() + i * kDimensions; }
  Prediction predict(const std::vector<double>& x) const {
    const std::vector<double> k = covariance.row(x.data(), seen.points);
    return {mean + dot(k, alpha), covariance.signal() - dot(k, solve(matrix, k))};
  }
  Covariance covariance;
  const Observations& seen;
  std::vector<std::vector<double>> matrix;
  std::vector<double> alpha;
  double mean, evidence;
};

void expect_dense(const GaussianProcess& process, Kernel kernel) {
  const Dense dense(process, kernel);
  EXPECT_NEAR(process.log_evidence(), dense.evidence, 1e-8 * std::abs(dense.evidence));
  core::RandomStream random(1, 1);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const std::vector<double> x{random.uniform(), random.uniform(), random.uniform()};
    const Prediction at = process.predict(x), expected = dense.predict(x);
    EXPECT_NEAR(at.mean, expected.mean, 1e-8);
    EXPECT_NEAR(at.variance, expected.variance, 1e-8);
    EXPECT_DOUBLE_EQ(process.mean(x), at.mean);
  }
  EXPECT_EQ(process.jitter_reason(), "");
}

TEST(GaussianProcess, BorderedAndShrunkItIsTheDenseOne) {
  const Observations all = some_observations(60);
  for (const Kernel kernel : kKernels) {
    GaussianProcess process(kDimensions, {.kernel = kernel});
    process.set_parameters(some_parameters());
    const std::span points(all.points), values(all.values), noises(all.noises);
    std::size_t n = 0;
    for (const std::size_t m : {1U, 1U, 20U, 5U, 33U}) {  // one by one, and several rows at once
      process.add(points.subspan(n * kDimensions, m * kDimensions), values.subspan(n, m), noises.subspan(n, m));
      n += m;
      expect_dense(process, kernel);
    }
    for (const std::size_t gone : {59U, 0U, 30U, 56U, 1U}) process.remove(gone);
    EXPECT_EQ(process.size(), 55U);
    expect_dense(process, kernel);
    std::vector<double> other = process.observations().values;
    for (double& value : other) value *= value;
    process.set_values(other);
    expect_dense(process, kernel);
  }
}

TEST(GaussianProcess, GradientsAreDifferences) {
  constexpr double kStep = 1e-5;
  const Observations seen = some_observations(40);
  for (const Kernel kernel : kKernels) {
    GaussianProcess process(kDimensions, {.kernel = kernel});
    process.set_parameters(some_parameters());
    process.add(seen.points, seen.values, seen.noises);
    std::vector<double> x{0.3, 0.52, 0.71};
    const PredictionSlope slope = process.predict_with_slope(x);
    EXPECT_DOUBLE_EQ(slope.at.variance, process.predict(x).variance);
    for (std::size_t k = 0; k < kDimensions; ++k) {
      std::vector<double> up = x, down = x;
      up[k] += kStep;
      down[k] -= kStep;
      const Prediction high = process.predict(up), low = process.predict(down);
      EXPECT_NEAR(slope.mean[k], (high.mean - low.mean) / (2.0 * kStep), 1e-7 * (1.0 + std::abs(slope.mean[k])));
      EXPECT_NEAR(slope.variance[k], (high.variance - low.variance) / (2.0 * kStep), 1e-7);
    }
  }
}

TEST(GaussianProcess, TheSlopeOfTheEvidenceIsADifference) {
  constexpr double kStep = 1e-5;
  const Observations seen = some_observations(30);
  for (const Kernel kernel : kKernels) {
    const Hyperparameters at = some_parameters();
    const Evidence evidence = log_evidence(kernel, at, seen, std::nullopt);
    for (std::size_t k = 0; k < kDimensions + 2; ++k) {
      const auto moved = [&](double by) {
        Hyperparameters p = at;
        (k < kDimensions ? p.lengths[k] : k == kDimensions ? p.signal : p.noise) *= std::exp(by);
        return log_evidence(kernel, p, seen, std::nullopt).value;
      };
      EXPECT_NEAR(evidence.slope[k], (moved(kStep) - moved(-kStep)) / (2.0 * kStep), 1e-5) << k;
    }
  }
}

TEST(GaussianProcess, AFitIsAMaximumForAnyNumberOfThreads) {
  const Observations seen = some_observations(50);
  GaussianProcess process(kDimensions, {});
  process.add(seen.points, seen.values);
  EXPECT_TRUE(process.due());
  const double before = process.log_evidence();
  process.refit(1);
  EXPECT_GT(process.log_evidence(), before);
  EXPECT_FALSE(process.due());
  // No direction leads up: the evidence with its prior is flat there, or the parameter at its bound.
  const Evidence at = log_evidence(Kernel::Matern52, process.parameters(), process.observations(), std::nullopt);
  const double median = std::log(default_length_median(kDimensions)), spread = process.config().length_spread;
  for (std::size_t k = 0; k < kDimensions; ++k)
    EXPECT_NEAR(at.slope[k] + (median - std::log(process.parameters().lengths[k])) / (spread * spread), 0.0, 2e-2);
  GaussianProcess four(kDimensions, {});
  four.add(seen.points, seen.values);
  four.refit(4);
  EXPECT_EQ(four.parameters().lengths, process.parameters().lengths);
  EXPECT_EQ(four.log_evidence(), process.log_evidence());
}

TEST(GaussianProcess, IsDueAfterTheLagOrWhenTheEvidenceDrops) {
  const Observations seen = some_observations(40);
  const std::span points(seen.points), values(seen.values);
  GaussianProcess process(kDimensions, {.lag = 4, .eager = 20});
  EXPECT_FALSE(process.due());
  process.add(points.first(30 * kDimensions), values.first(30));
  process.refit();
  for (std::size_t i = 30; i < 33; ++i) process.add(points.subspan(i * kDimensions, kDimensions), values.subspan(i, 1));
  EXPECT_FALSE(process.due());
  process.add(points.subspan(33 * kDimensions, kDimensions), values.subspan(33, 1));
  EXPECT_TRUE(process.due());
  process.refit();
  EXPECT_EQ(process.fits(), 2);
  GaussianProcess young(kDimensions, {.lag = 4, .eager = 20});
  young.add(points.first(19 * kDimensions), values.first(19));
  young.refit();
  EXPECT_FALSE(young.due());
  for (std::size_t i = 19; i < 21; ++i) {
    young.add(points.subspan(i * kDimensions, kDimensions), values.subspan(i, 1));
    EXPECT_EQ(young.due(), i == 19);  // the 20th observation is followed by a fit, the 21st not
    if (young.due()) young.refit();
  }
  const double surprise[] = {500.0};
  process.add(points.subspan(34 * kDimensions, kDimensions), surprise);
  EXPECT_TRUE(process.due());
}

TEST(GaussianProcess, RepeatedPlacesWithoutNoiseHaveAReasonAndNoNaN) {
  GaussianProcess process(1, {.noise = Noise::Fixed, .noise_variance = 0.0});
  process.add(std::vector{0.2, 0.7}, std::vector{1.0, 2.0});
  EXPECT_EQ(process.jitter_reason(), "");
  process.add(std::vector{0.7, 0.2}, std::vector{2.0, 1.0});
  EXPECT_THAT(process.jitter_reason(), HasSubstr("observations 2 to 3 depend on others"));
  for (const double at : {0.2, 0.5, 0.7}) {
    const std::vector<double> place{at};
    const PredictionSlope slope = process.predict_with_slope(place);
    EXPECT_TRUE(std::isfinite(slope.at.mean) && std::isfinite(slope.mean[0]) && std::isfinite(slope.variance[0]));
    EXPECT_GE(slope.at.variance, 0.0);
  }
  EXPECT_NEAR(process.mean(std::vector{0.7}), 2.0, 1e-4);
}

TEST(GaussianProcess, BadInputIsOneSentence) {
  EXPECT_THROW(GaussianProcess(0, {}), core::InputError);
  EXPECT_THROW(GaussianProcess(1, {.lag = 0}), core::InputError);
  GaussianProcess process(2, {});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(process.add(std::vector{1.0}, std::vector{1.0}), core::InputError);
  EXPECT_THROW(process.add(std::vector{1.0, nan}, std::vector{1.0}), core::InputError);
  EXPECT_THROW(process.add(std::vector{1.0, 1.0}, std::vector{nan}), core::InputError);
  EXPECT_THROW(process.add(std::vector{1.0, 1.0}, std::vector{1.0}, std::vector{-1.0}), core::InputError);
  EXPECT_THROW(process.remove(0), core::InputError);
  EXPECT_THROW(process.set_values(std::vector{1.0}), core::InputError);
  EXPECT_THROW(process.set_parameters({1.0, 0.0, 0.0, {1.0, -1.0}}), core::InputError);
  EXPECT_EQ(process.size(), 0U);
}

// tests/data/tune_scikit.json was made by tests/data/tune_scikit.py.
TEST(GaussianProcess, PredictsWhatScikitLearnDoes) {
  std::ifstream in(paths::source() + "/tests/data/tune_scikit.json");
  const auto golden = nlohmann::json::parse(in);
  ASSERT_EQ(golden["cases"].size(), 3U);
  for (const auto& each : golden["cases"]) {
    const auto kernel = core::parse_choice<Kernel>(each["kernel"].get<std::string>(), "", "kernel");
    GaussianProcess process(2, {.kernel = kernel, .mean = 0.0});
    process.set_parameters({each["signal"], 0.0, 0.0, each["lengths"].get<std::vector<double>>()});
    process.add(golden["points"].get<std::vector<double>>(), golden["values"].get<std::vector<double>>(),
                golden["noises"].get<std::vector<double>>());
    EXPECT_NEAR(process.log_evidence(), each["log_evidence"], 1e-8);
    const auto places = golden["places"].get<std::vector<double>>();
    for (std::size_t i = 0; i < places.size() / 2; ++i) {
      const Prediction at = process.predict(std::span(places).subspan(2 * i, 2));
      EXPECT_NEAR(at.mean, each["means"][i], 1e-8);
      EXPECT_NEAR(std::sqrt(at.variance), each["deviations"][i], 1e-8);
    }
  }
}

}  // namespace
}  // namespace difftrack::tune
