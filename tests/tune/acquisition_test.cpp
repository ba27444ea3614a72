// SPDX-License-Identifier: Apache-2.0
// Acquisitions: gradients against differences, known values, draws that follow the process.
#include "difftrack/tune/acquisition.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/tune/sobol.hpp"

namespace difftrack::tune {
namespace {

GaussianProcess some_process(Kernel kernel, double noise) {
  GaussianProcess process(2, {.kernel = kernel});
  process.set_parameters({1.2, noise, 0.0, {0.35, 0.6}});
  for (std::uint32_t i = 0; i < 15; ++i) {
    const std::vector<double> x = sobol_point(i, 2, 3);
    process.add(x, std::vector{std::sin(5.0 * x[0]) + x[1]});
  }
  return process;
}

TEST(Acquisition, GradientsAreDifferences) {
  constexpr double kStep = 1e-6;
  for (const Kernel kernel : {Kernel::Matern52, Kernel::Matern32, Kernel::SquaredExponential}) {
    const GaussianProcess process = some_process(kernel, 1e-3);
    for (const auto& choice : choices(Acquisition{})) {
      const SmoothFunction f = make_acquisition(choice.value, process, 2.0, 8, 5).at;
      for (const std::vector<double>& x : {std::vector{0.31, 0.77}, std::vector{0.92, 0.13}}) {
        std::vector<double> gradient(2), unused(2);
        f(x, gradient);
        for (std::size_t k = 0; k < 2; ++k) {
          std::vector<double> up = x, down = x;
          up[k] += kStep;
          down[k] -= kStep;
          const double difference = (f(up, unused) - f(down, unused)) / (2.0 * kStep);
          EXPECT_NEAR(gradient[k], difference, 2e-6 * (1.0 + std::abs(difference))) << choice.name;
        }
      }
    }
  }
}

TEST(Acquisition, ManyPlacesAtOnceAreWorthWhatEachIs) {
  const GaussianProcess process = some_process(Kernel::Matern52, 1e-3);
  std::vector<double> places, unused(2);
  for (std::uint32_t i = 0; i < 50; ++i)
    for (const double each : sobol_point(i, 2, 9)) places.push_back(each);
  for (const auto& choice : choices(Acquisition{})) {
    const Worth worth = make_acquisition(choice.value, process, 2.0, 8, 5);
    const std::vector<double> all = worth.all(places);
    ASSERT_EQ(all.size(), 50U);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double one = worth.at(std::span(places).subspan(2 * i, 2), unused);
      EXPECT_NEAR(all[i], one, 1e-9 * (1.0 + std::abs(one))) << choice.name;
    }
  }
  const std::vector<Prediction> together = process.predict_all(places);
  for (std::size_t i = 0; i < together.size(); ++i) {
    const Prediction alone = process.predict(std::span(places).subspan(2 * i, 2));
    EXPECT_DOUBLE_EQ(together[i].mean, alone.mean);
    EXPECT_NEAR(together[i].variance, alone.variance, 1e-12);
  }
}

TEST(Acquisition, TheLogarithmIsThatOfTheExpectationAndGoesOnWhereThatUnderflows) {
  // z, value, slope with 300 digits (mpmath).
  const double reference[][3] = {
      {5.0, 1.6094379231264314, 0.19999994053122005},   {0.0, -0.91893853320467274, 1.2533141373155003},
      {-0.5, -1.6205162643873199, 1.5598731483480797},  {-1.5, -3.5299359208057099, 2.2795806941564462},
      {-3.0, -7.8696860596030285, 3.5323375176251605},  {-6.0, -22.578879392169797, 6.3098407732098316},
      {-10.0, -55.553122036122356, 10.194383033412553}, {-15.0, -118.84817068411358, 15.131608564904813},
      {-20.0, -206.9178385094251, 20.099262811101282},  {-24.9, -317.35848574266734, 24.979936959471138},
      {-25.1, -322.37440987246407, 25.179305997377542}, {-30.0, -457.724653760598, 30.066446154162419},
      {-40.0, -808.29856835661996, 40.049906657648518}, {-1000.0, -500014.73445209116, 1000.001999994},
  };
  for (const auto& [z, value, slope] : reference) {
    const LogImprovement log = log_improvement(z);
    EXPECT_NEAR(log.value, value, z >= -2.0 ? 1e-14 : 2e-10) << z;
    EXPECT_NEAR(log.slope / slope, 1.0, z >= -2.0 ? 1e-14 : 2e-10) << z;
  }
  for (const double z : {-40.0, -1e3, -1e6}) {
    const double leading = -0.5 * z * z - 0.5 * std::log(2.0 * M_PI) - 2.0 * std::log(-z);
    EXPECT_NEAR(log_improvement(z).value, leading, 3.1 / (z * z));
    EXPECT_NEAR(log_improvement(z).slope / -z, 1.0, 3.0 / (z * z));
  }
}

TEST(Acquisition, DrawnFunctionsHaveTheProcessMeanAndVariance) {
  const GaussianProcess process = some_process(Kernel::Matern52, 1e-2);
  const std::vector<double> x{0.9, 0.9};
  const Prediction at = process.predict(x);
  constexpr int kDraws = 2000;
  double sum = 0.0, square = 0.0;
  std::vector<double> unused(2);
  for (int s = 0; s < kDraws; ++s) {
    const double value =
        make_acquisition(Acquisition::Thompson, process, 0.0, 1, static_cast<std::uint64_t>(s)).at(x, unused);
    sum += value - at.mean;
    square += (value - at.mean) * (value - at.mean);
  }
  const double deviation = std::sqrt(at.variance);
  EXPECT_NEAR(sum / kDraws, 0.0, 4.0 * deviation / std::sqrt(kDraws));
  EXPECT_NEAR(square / kDraws / at.variance, 1.0, 4.0 * std::sqrt(2.0 / kDraws));
}

TEST(Acquisition, WithoutNoiseNoisyImprovementIsTheImprovement) {
  const GaussianProcess process = some_process(Kernel::Matern52, 1e-10);
  std::vector<double> a(2), b(2);
  const SmoothFunction noisy = make_acquisition(Acquisition::NoisyExpectedImprovement, process, 0.0, 4, 1).at;
  const SmoothFunction plain = make_acquisition(Acquisition::LogExpectedImprovement, process, 0.0, 1, 1).at;
  const std::vector<double> x{0.35, 0.95};
  EXPECT_NEAR(noisy(x, a), plain(x, b), 1e-3);
  EXPECT_NEAR(a[0], b[0], 1e-2 * (1.0 + std::abs(b[0])));
}

// Of any 2^m points each of 2^m equal slices holds one, in every dimension.
TEST(Sobol, FillsEveryDimensionEvenly) {
  constexpr std::uint32_t kPoints = 256;
  for (std::size_t d = 0; d < kSobolDimensions; ++d) {
    std::vector<int> slices(kPoints, 0);
    for (std::uint32_t i = 0; i < kPoints; ++i)
      ++slices[static_cast<std::size_t>(kPoints * sobol_point(i, kSobolDimensions + 2, 9)[d])];
    for (const int count : slices) EXPECT_EQ(count, 1) << d;
  }
  // The first two dimensions together: one of 256 points in each of 16 x 16 boxes.
  std::vector<int> boxes(256, 0);
  for (std::uint32_t i = 0; i < 256; ++i) {
    const auto x = sobol_point(i, 2, 4);
    ++boxes[static_cast<std::size_t>(16.0 * x[0]) * 16 + static_cast<std::size_t>(16.0 * x[1])];
  }
  for (const int count : boxes) EXPECT_EQ(count, 1);
  EXPECT_NE(sobol_point(3, 2, 1), sobol_point(3, 2, 2));
}

}  // namespace
}  // namespace difftrack::tune
