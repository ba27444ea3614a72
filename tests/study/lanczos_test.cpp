// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/lanczos.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "difftrack/core/error.hpp"

namespace difftrack::study {
namespace {

/// A quadratic ½ wᵀHw with known spectrum: H = R D R for a reflection R = 1 − 2uuᵀ.
struct Quadratic {
  std::vector<double> eigenvalues;
  Vector u;

  explicit Quadratic(std::vector<double> values)
      : eigenvalues(std::move(values)), u(normal_vector(eigenvalues.size(), 7, 7)) {
    const double length = norm(u);
    for (double& each : u) each /= length;
  }
  Vector reflect(std::span<const double> v) const {
    Vector result(v.begin(), v.end());
    const double along = dot(u, v);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] -= 2.0 * along * u[i];
    return result;
  }
  Vector operator()(std::span<const double> v) const {
    Vector result = reflect(v);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] *= eigenvalues[i];
    return reflect(result);
  }
};

std::vector<double> outliers_and_bulk(std::size_t n) {
  std::vector<double> values{50.0, 20.0, 10.0, -8.0, -3.0};
  while (values.size() < n) values.push_back(std::cos(0.1 * static_cast<double>(values.size())));
  return values;
}

TEST(Lanczos, FindsBothEndsOfAKnownSpectrum) {
  const Quadratic quadratic(outliers_and_bulk(400));
  const SpectrumEnds ends = LanczosEnds({.top = 2, .max_steps = 200, .tolerance = 1e-8})(quadratic, 400);
  EXPECT_TRUE(ends.converged);
  const std::vector<double> low{-8.0, -3.0};
  for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(ends.largest.values[k], quadratic.eigenvalues[k], 1e-6);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(ends.smallest.values[k], low[k], 1e-6);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_LE(ends.largest.residuals[k], 1e-5);
    Vector expected(400, 0.0);
    expected[k] = 1.0;
    EXPECT_NEAR(std::abs(dot(quadratic.reflect(expected), ends.largest.vectors[k])), 1.0, 1e-9);
  }
}

TEST(Lanczos, TheLargestIsNotTheOneOfLargestModulus) {
  std::vector<double> values(60, 0.5);
  values[0] = -9.0;
  values[1] = 2.0;
  const SpectrumEnds ends = LanczosEnds({.top = 1, .max_steps = 60})(Quadratic(values), 60);
  EXPECT_NEAR(ends.largest.values[0], 2.0, 1e-3);
  EXPECT_NEAR(ends.smallest.values[0], -9.0, 1e-3);
}

TEST(Lanczos, EigenvaluesNearEachOtherAreACluster) {
  std::vector<double> values(80, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.01 * static_cast<double>(i);
  values[0] = 10.0, values[1] = 9.9, values[2] = 5.0;
  const SpectrumEnds ends = LanczosEnds({.top = 3, .max_steps = 80, .tolerance = 1e-9})(Quadratic(values), 80);
  EXPECT_EQ(ends.largest.cluster, (std::vector<std::int32_t>{0, 0, 1}));
}

TEST(Lanczos, NoCurvatureIsToldAndNotMadeUp) {
  EXPECT_THROW(LanczosEnds({})([](std::span<const double> v) { return Vector(v.size(), 0.0); }, 20), core::InputError);
}

TEST(Lanczos, QuadratureKeepsTheFirstTwoMomentsOfItsProbe) {
  const Quadratic quadratic(outliers_and_bulk(300));
  const Vector v = sign_probe(300, 5, 2, 1.0 / std::sqrt(300.0));
  const Vector image = quadratic(v);
  const Quadrature probe = quadrature(quadratic, 300, 5, 2, 40);
  EXPECT_NEAR(probe.quadratic, dot(v, image), 1e-10);
  EXPECT_NEAR(probe.square, dot(image, image), 1e-9);
  EXPECT_NEAR(std::accumulate(probe.weights.begin(), probe.weights.end(), 0.0), 1.0, 1e-12);
}

TEST(Lanczos, DensityIsThatOfTheSpectrum) {
  const std::size_t n = 500;
  const Quadratic quadratic(outliers_and_bulk(n));
  std::vector<Quadrature> probes;
  for (std::uint64_t k = 0; k < 40; ++k) probes.push_back(quadrature(quadratic, n, 1, k, 60));
  const Density density = spectral_density(probes);
  const double step = density.x[1] - density.x[0];
  double total = 0.0, worst = 0.0;
  for (std::size_t i = 0; i < density.x.size(); ++i) {
    total += step * density.density[i];
    double expected = 0.0;
    for (const double each : quadratic.eigenvalues)
      expected += 0.5 * (1.0 + std::erf((density.x[i] + 0.5 * step - each) / (density.sigma * std::sqrt(2.0)))) /
                  static_cast<double>(n);
    worst = std::max(worst, std::abs(total - expected));
  }
  EXPECT_NEAR(total, 1.0, 1e-3);
  EXPECT_LE(worst, 0.01);
}

TEST(Lanczos, HutchinsonsTraceIsRightWithinItsError) {
  const Quadratic quadratic(outliers_and_bulk(300));
  const double trace = std::accumulate(quadratic.eigenvalues.begin(), quadratic.eigenvalues.end(), 0.0);
  std::vector<double> values;
  for (std::uint64_t k = 0; k < 400; ++k) {
    const Vector v = sign_probe(300, 9, k);
    values.push_back(dot(v, quadratic(v)));
  }
  const MeanAndError mean = mean_and_error(values);
  EXPECT_NEAR(mean.mean, trace, 4.0 * mean.error);
  EXPECT_LT(mean.error, 0.1 * std::abs(trace));
}

}  // namespace
}  // namespace difftrack::study
