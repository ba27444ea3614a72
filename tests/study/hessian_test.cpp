// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/hessian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "difftrack/core/error.hpp"
#include "difftrack/core/parallel.hpp"
#include "tests/study/study_fixture.hpp"

extern "C" void dsyevd_(const char* job, const char* triangle, const int* n, double* a, const int* lda, double* w,
                        double* work, const int* lwork, int* iwork, const int* liwork, int* info);

namespace difftrack::study {
namespace {

using ::testing::HasSubstr;

/// A line w + t d along which the network is the same function: a BatchNorm shift in front of a Linear layer,
/// compensated in its bias.
std::vector<Vector> null_lines(const Model& model) {
  std::vector<Vector> lines;
  for (const network::PerceptronSlices* perceptron : model.layout.perceptrons())
    for (std::size_t k = 0; k < 3; ++k) {
      const network::LinearSlices& linear = perceptron->linear[k];
      for (std::size_t i = 0; i < static_cast<std::size_t>(linear.in); ++i) {
        Vector line(model.values.size(), 0.0);
        line[perceptron->norm[k].bias + i] = 1.0;
        for (std::size_t o = 0; o < static_cast<std::size_t>(linear.out); ++o)
          line[linear.bias + o] -= model.values[linear.weight + o * static_cast<std::size_t>(linear.in) + i];
        lines.push_back(std::move(line));
      }
    }
  return lines;
}

TEST(Hessian, ShiftsThatABiasTakesBackLieInItsNullSpace) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 20, 16);
  const std::vector<Vector> lines = null_lines(model);
  EXPECT_EQ(lines.size(), 280U);
  for (const HessianNorm mode : {HessianNorm::Running, HessianNorm::Frame}) {
    const DifferenceProducts product(model, frames, bce_loss(), mode);
    const double scale =
        std::abs(LanczosEnds({.top = 1, .tolerance = 0.05})(product, model.values.size()).largest.values[0]);
    for (std::size_t i = 0; i < lines.size(); i += 23)
      EXPECT_LE(norm(product(lines[i])), 1e-2 * scale * norm(lines[i])) << i << " " << core::name_of(mode);
  }
}

// With statistics of the frame, BatchNorm takes back what a row that feeds LeakyReLU (or the maximum) was scaled by, so
// the gradient scales by 1/s along the ray and H r = −∇L on the row, 0 elsewhere.
TEST(Hessian, ScalingARowThatBatchNormFollowsGivesMinusItsGradient) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 20, 16);
  const DifferenceProducts product(model, frames, bce_loss(), HessianNorm::Frame);
  const Vector gradient = product.at_model().gradient;
  const auto& r1 = model.layout.steps[0].relational;
  for (const std::size_t layer : {0U, 1U, 2U})
    for (const std::size_t row : {0U, 5U, 11U}) {
      const network::LinearSlices& linear = r1.linear[layer];
      const auto in = static_cast<std::size_t>(linear.in);
      Vector ray(model.values.size(), 0.0), expected(model.values.size(), 0.0);
      const auto on_row = [&](std::size_t i) {
        ray[i] = model.values[i];
        expected[i] = -gradient[i];
      };
      for (std::size_t k = 0; k < in; ++k) on_row(linear.weight + row * in + k);
      on_row(linear.bias + row);
      Vector image = product(ray);
      for (std::size_t i = 0; i < image.size(); ++i) image[i] -= expected[i];
      EXPECT_LE(norm(image), 0.05 * norm(gradient)) << layer << " " << row;
    }
}

// Kinks make the two differ, by little along a direction of large curvature.
TEST(Hessian, IsTheSecondDerivativeAlongALine) {
  const Model model = trained("ptt_2");
  const FrameSet frames = beam_frames(4, 20, 16);
  const double relative = 1e-2;
  const DifferenceProducts product(model, frames, bce_loss(), HessianNorm::Running, 1, relative);
  const GradientEvaluator gradient(model, frames, bce_loss(), network::BatchNormMode::Running);
  const Vector v = product.at_model().gradient;
  const double step = relative * norm(model.values) / norm(v);
  Vector up = model.values, down = model.values;
  for (std::size_t i = 0; i < v.size(); ++i) up[i] += step * v[i], down[i] -= step * v[i];
  const double second =
      (gradient(up).value - 2.0 * gradient(model.values).value + gradient(down).value) / (step * step);
  EXPECT_NEAR(dot(v, product(v)) / second, 1.0, 0.25);
}

// Of the surrogate with the sigmoid alone, which has no kink within a small step, a third of the step changes little.
TEST(Hessian, ATinyStepOfASmoothPartAgreesWithAThirdOfIt) {
  Model model = trained("ptt_2");
  const FrameSet frames = beam_frames(1, 10, 10);
  const DifferenceProducts product(model, frames, bce_loss(), HessianNorm::Running, 1, 1e-2);
  Vector last_bias(model.values.size(), 0.0);
  last_bias[model.layout.read_out.linear[2].bias] = 1.0;  // a shift of all logits: no kink on the way
  EXPECT_LE(product.agreement(last_bias), 0.02);
}

TEST(Hessian, IsTheSameForAnyNumberOfThreads) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(5, 10, 12);
  const Vector v = normal_vector(model.values.size(), 1, 1);
  const Vector one = DifferenceProducts(model, frames, bce_loss(), HessianNorm::Frame, 1)(v);
  for (const int threads : {2, 4})
    EXPECT_EQ(DifferenceProducts(model, frames, bce_loss(), HessianNorm::Frame, threads)(v), one);
}

TEST(Hessian, SurrogateCountsItsFactorsOrIsUndefined) {
  const Model model = trained("pat_lambda_75_1");
  const FrameSet frames = beam_frames(3, 60, 30);
  EXPECT_EQ(lambda_of(model, {}), 75.0);
  EXPECT_EQ(lambda_of(model, {.lambda = 3.0}), 3.0);
  EXPECT_THROW(lambda_of(trained("ptt_1"), {}), core::InputError);
  const HessianTarget strong = hessian_target(model, frames, {.loss = LossKind::Surrogate, .lambda = 1e5}, 1);
  EXPECT_GT(strong.factors, 0);
  try {
    hessian_target(model, frames, {.loss = LossKind::Surrogate, .lambda = 1e-9}, 1);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is undefined"));
  }
}

/// Eigenvalues of the dense matrix, ascending, by LAPACK.
std::vector<double> dense_spectrum(std::vector<double> matrix, int n) {
  std::vector<double> values(static_cast<std::size_t>(n)), work(1);
  std::vector<int> iwork(1);
  int lwork = -1, liwork = -1, info = 0;
  dsyevd_("N", "U", &n, matrix.data(), &n, values.data(), work.data(), &lwork, iwork.data(), &liwork, &info);
  lwork = static_cast<int>(work[0]);
  liwork = iwork[0];
  work.resize(static_cast<std::size_t>(lwork));
  iwork.resize(static_cast<std::size_t>(liwork));
  dsyevd_("N", "U", &n, matrix.data(), &n, values.data(), work.data(), &lwork, iwork.data(), &liwork, &info);
  EXPECT_EQ(info, 0);
  return values;
}

// All 4,961 products of one frame, made symmetric, are a matrix whose true spectrum LAPACK knows.
TEST(Hessian, LanczosTraceAndDensityAreThoseOfTheDenseMatrix) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 12, 12);
  const DifferenceProducts product(model, frames, bce_loss(), HessianNorm::Running);
  const std::size_t n = model.values.size();
  ASSERT_EQ(n, 4961U);
  std::vector<double> matrix(n * n);
  core::parallel_for(static_cast<std::int64_t>(n), 2, [&](std::int64_t i) {
    Vector unit(n, 0.0);
    unit[static_cast<std::size_t>(i)] = 1.0;
    const Vector column = product(unit);
    std::copy(column.begin(), column.end(),
              matrix.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * n));
  });
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      matrix[i * n + j] = matrix[j * n + i] = 0.5 * (matrix[i * n + j] + matrix[j * n + i]);
  const std::vector<double> exact = dense_spectrum(matrix, static_cast<int>(n));
  const Product dense = [&](std::span<const double> v) {
    Vector image(n);
    core::parallel_for(static_cast<std::int64_t>(n), 2, [&](std::int64_t i) {
      const auto row = static_cast<std::size_t>(i);
      image[row] = dot(std::span(matrix).subspan(row * n, n), v);
    });
    return image;
  };
  const double top = exact.back();

  const SpectrumEnds ends = LanczosEnds({.top = 5, .tolerance = 1e-3})(dense, n);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(ends.largest.values[k], exact[n - 1 - k], 0.01 * top) << k;
    EXPECT_NEAR(ends.smallest.values[k], exact[k], 0.01 * top) << k;
  }
  EXPECT_NEAR(ends.largest.values[0], top, 0.01 * top);

  const double trace = std::accumulate(exact.begin(), exact.end(), 0.0);
  std::vector<double> traces;
  std::vector<Quadrature> probes;
  for (std::uint64_t k = 0; k < 10; ++k) {
    probes.push_back(quadrature(dense, n, 3, k, 60));
    traces.push_back(probes.back().quadratic * static_cast<double>(n));
  }
  const MeanAndError mean = mean_and_error(traces);
  EXPECT_NEAR(mean.mean, trace, 3.0 * mean.error + 0.01 * std::abs(trace));
  const Density density = spectral_density(probes);
  const double step = density.x[1] - density.x[0];
  double total = 0.0, worst = 0.0;
  for (std::size_t i = 0; i < density.x.size(); ++i) {
    total += step * density.density[i];
    double expected = 0.0;
    for (const double each : exact)
      expected += 0.5 * (1.0 + std::erf((density.x[i] + 0.5 * step - each) / (density.sigma * std::sqrt(2.0))));
    worst = std::max(worst, std::abs(total - expected / static_cast<double>(n)));
  }
  EXPECT_LE(worst, 0.01);
}

}  // namespace
}  // namespace difftrack::study
