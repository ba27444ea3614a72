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

/// A line along which the network is the same function, for any weights: a BatchNorm shift in front of a Linear layer
/// that its bias takes back. So along it the gradient moves only in the weights of that column, by the gradient of the
/// bias.
struct Shift {
  Vector line, image;
};
std::vector<Shift> shifts(const Model& model, const Vector& gradient) {
  std::vector<Shift> all;
  for (const network::PerceptronSlices* perceptron : model.layout.perceptrons())
    for (std::size_t k = 0; k < 3; ++k) {
      const network::LinearSlices& linear = perceptron->linear[k];
      const auto in = static_cast<std::size_t>(linear.in);
      for (std::size_t i = 0; i < in; ++i) {
        Shift shift{Vector(model.values.size(), 0.0), Vector(model.values.size(), 0.0)};
        shift.line[perceptron->norm[k].bias + i] = 1.0;
        for (std::size_t o = 0; o < static_cast<std::size_t>(linear.out); ++o) {
          shift.line[linear.bias + o] -= model.values[linear.weight + o * in + i];
          shift.image[linear.weight + o * in + i] = gradient[linear.bias + o];
        }
        all.push_back(std::move(shift));
      }
    }
  return all;
}

double distance(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return norm(a);
}

TEST(Hessian, OfAShiftThatABiasTakesBackIsTheGradientOfTheBias) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 20, 16);
  for (const HessianNorm mode : {HessianNorm::Running, HessianNorm::Frame}) {
    const DifferenceProducts product(model, frames, bce_loss(), mode);
    const std::vector<Shift> all = shifts(model, product.at_model().gradient);
    EXPECT_EQ(all.size(), 280U);
    const double scale =
        std::abs(LanczosEnds({.top = 1, .tolerance = 0.05})(product, model.values.size()).largest.values[0]);
    for (std::size_t i = 0; i < all.size(); i += 23)
      EXPECT_LE(distance(product(all[i].line), all[i].image), 1e-3 * scale * norm(all[i].line))
          << i << " " << core::name_of(mode);
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
      EXPECT_LE(distance(product(ray), expected), 0.01 * norm(gradient)) << layer << " " << row;
    }
}

// Held, the value along a line is smooth, and its second difference is vᵀHv.
TEST(Hessian, IsTheSecondDerivativeAlongALine) {
  const Model model = trained("ptt_2");
  const FrameSet frames = beam_frames(4, 20, 16);
  for (const HessianNorm mode : {HessianNorm::Running, HessianNorm::Frame}) {
    const double relative = 2e-5;  // the gradient is a direction of large curvature: little of the line is a parabola
    const DifferenceProducts product(model, frames, bce_loss(), mode, 1, relative);
    const Vector v = product.at_model().gradient;
    const double step = relative * norm(model.values) / norm(v);
    Vector up = model.values, down = model.values;
    for (std::size_t i = 0; i < v.size(); ++i) up[i] += step * v[i], down[i] -= step * v[i];
    const double second =
        (product.at(up).value - 2.0 * product.at_model().value + product.at(down).value) / (step * step);
    EXPECT_NEAR(dot(v, product(v)) / second, 1.0, 0.05) << core::name_of(mode);
  }
}

TEST(Hessian, IsSymmetricAndAThirdOfTheStepAgrees) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(2, 30, 20);
  const Vector u = normal_vector(model.values.size(), 1, 1), v = normal_vector(model.values.size(), 1, 2);
  for (const HessianNorm mode : {HessianNorm::Running, HessianNorm::Frame}) {
    const DifferenceProducts product(model, frames, bce_loss(), mode);
    EXPECT_LE(product.agreement(v), 0.02) << core::name_of(mode);
    EXPECT_LE(product.agreement(product.at_model().gradient), 0.02) << core::name_of(mode);
    const Vector image = product(v);
    EXPECT_NEAR(dot(u, image), dot(v, product(u)), 1e-3 * norm(u) * norm(image)) << core::name_of(mode);
    // Free, the jumps within the step count.
    const DifferenceProducts free(model, frames, bce_loss(), mode, 1, 3e-5, HessianPattern::Free);
    EXPECT_GE(free.agreement(v), 0.1) << core::name_of(mode);
    EXPECT_EQ(free.pattern_bytes(), 0U);
    EXPECT_GT(product.pattern_bytes(), 0U);
    EXPECT_EQ(free.at_model().gradient, product.at_model().gradient);
  }
}

TEST(Hessian, LanczosConvergesOnProducts) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 20, 16);
  for (const HessianNorm mode : {HessianNorm::Running, HessianNorm::Frame}) {
    const DifferenceProducts product(model, frames, bce_loss(), mode);
    const SpectrumEnds ends = LanczosEnds({.top = 5, .tolerance = 1e-3})(product, model.values.size());
    EXPECT_TRUE(ends.converged);
    const double top = std::max(ends.largest.values[0], -ends.smallest.values[0]);
    for (const Eigenpairs* pairs : {&ends.largest, &ends.smallest})
      for (const double residual : pairs->residuals) EXPECT_LE(residual, 2e-3 * top) << core::name_of(mode);
  }
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

// The rows and columns of every fifth parameter, made symmetric, are a matrix whose true spectrum LAPACK knows.
TEST(Hessian, LanczosTraceAndDensityAreThoseOfTheDenseMatrix) {
  const Model model = trained("ptt_1");
  const FrameSet frames = beam_frames(1, 10, 12);
  const DifferenceProducts product(model, frames, bce_loss(), HessianNorm::Running);
  const std::size_t n = (model.values.size() + 4) / 5;
  const Product part = [&](std::span<const double> v) {
    Vector whole(model.values.size(), 0.0), image(n);
    for (std::size_t i = 0; i < n; ++i) whole[5 * i] = v[i];
    whole = product(whole);
    for (std::size_t i = 0; i < n; ++i) image[i] = whole[5 * i];
    return image;
  };
  std::vector<double> matrix(n * n);
  core::parallel_for(static_cast<std::int64_t>(n), 2, [&](std::int64_t i) {
    Vector unit(n, 0.0);
    unit[static_cast<std::size_t>(i)] = 1.0;
    const Vector column = part(unit);
    std::copy(column.begin(), column.end(),
              matrix.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * n));
  });
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      matrix[i * n + j] = matrix[j * n + i] = 0.5 * (matrix[i * n + j] + matrix[j * n + i]);
  const std::vector<double> exact = dense_spectrum(matrix, static_cast<int>(n));
  const double top = exact.back();
  const SpectrumEnds ends = LanczosEnds({.top = 5, .tolerance = 1e-3})(part, n);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(ends.largest.values[k], exact[n - 1 - k], 0.01 * top) << k;
    EXPECT_NEAR(ends.smallest.values[k], exact[k], 0.01 * top) << k;
  }

  const Product dense = [&](std::span<const double> v) {
    Vector image(n);
    for (std::size_t row = 0; row < n; ++row) image[row] = dot(std::span(matrix).subspan(row * n, n), v);
    return image;
  };
  const double trace = std::accumulate(exact.begin(), exact.end(), 0.0);
  std::vector<double> traces;
  std::vector<Quadrature> probes;
  for (std::uint64_t k = 0; k < 40; ++k) {
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
    if (i % 16 != 0) continue;
    double expected = 0.0;
    for (const double each : exact)
      expected += 0.5 * (1.0 + std::erf((density.x[i] + 0.5 * step - each) / (density.sigma * std::sqrt(2.0))));
    worst = std::max(worst, std::abs(total - expected / static_cast<double>(n)));
  }
  EXPECT_LE(worst, 0.01);
}

}  // namespace
}  // namespace difftrack::study
