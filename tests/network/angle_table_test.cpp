// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/angle_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "difftrack/core/random.hpp"
#include "difftrack/network/kernels/angle_grid.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "tests/network/golden_network.hpp"

namespace difftrack::network::kernels {
namespace {

struct Cubic {
  std::size_t bin;
  double weight[4];  // value, slope, next value, next slope
};

/// Cubic Hermite weights at s = √θ, in double precision.
Cubic cubic(double s) {
  const double u = s * AngleGrid::kPerUnit;
  const auto bin = std::min(static_cast<int>(u), AngleGrid::kLastBin);
  const double t = u - bin, r = 1.0 - t;
  return {static_cast<std::size_t>(bin), {(1 + 2 * t) * r * r, t * r * r, t * t * (3 - 2 * t), -t * t * r}};
}

double interpolate(const std::vector<float>& table, int hidden, std::size_t channel, double s) {
  const auto h = static_cast<std::size_t>(hidden);
  const auto c = cubic(s);
  double sum = 0.0;
  for (std::size_t j = 0; j < 4; ++j) sum += c.weight[j] * static_cast<double>(table[c.bin * 2 * h + j * h + channel]);
  return sum;
}

TEST(AngleGrid, NodesHoldTheEncoding) {
  const auto& table = encoding_at_nodes();
  ASSERT_EQ(table.size(), std::size_t{AngleGrid::kNodes} * 128);
  EXPECT_GT((AngleGrid::kNodes - 1) * AngleGrid::kStep, std::sqrt(3.14159265358979));
  std::vector<double> expected(kEncoding);
  for (const std::size_t n : {0, 1, 77, 4095, AngleGrid::kNodes - 1}) {
    const double s = static_cast<double>(n) * AngleGrid::kStep;
    reference::encode_angle(s * s, encoding_frequencies(), expected.data());
    for (int m = 0; m < kEncoding; ++m)
      EXPECT_NEAR(table[n * 128 + static_cast<std::size_t>(m)],
                  expected[static_cast<std::size_t>(interleaved_column(m))], 1e-7)
          << n << " " << m;
  }
}

/// The issue asks for 1e-6 relative: to the largest value of the tabulated function.
TEST(AngleTable, InterpolatesBelowOneInAMillion) {
  core::RandomStream random(1, 1);
  for (const int hidden : {16, 64}) {
    const auto rows = static_cast<std::size_t>(hidden);
    std::vector<double> weights(rows * kEncoding);
    for (auto& w : weights) w = random.normal();
    if (hidden == 16) {  // the golden network's first layer
      const auto flat = golden_parameters("trained");
      const auto layout = line_graph_layout(16);
      for (std::size_t c = 0; c < 16; ++c)
        for (std::size_t m = 0; m < kEncoding; ++m)
          weights[c * kEncoding + m] =
              static_cast<double>(flat.values[layout.steps[0].relational.linear[0].weight + c * 144 + 16 + m]);
    }
    std::vector<float> table(std::size_t{AngleGrid::kNodes} * 2 * rows);
    tabulate_encoding(hidden, weights.data(), AngleGrid::kNodes, table.data());
    std::vector<double> encoding(kEncoding), largest(rows, 0.0), error(rows, 0.0);
    for (int i = 0; i < 4000; ++i) {
      const double theta = std::pow(random.uniform(), 2) * 3.14159;
      reference::encode_angle(theta, encoding_frequencies(), encoding.data());
      for (std::size_t c = 0; c < rows; ++c) {
        double exact = 0.0;
        for (std::size_t m = 0; m < kEncoding; ++m) exact += weights[c * kEncoding + m] * encoding[m];
        largest[c] = std::max(largest[c], std::abs(exact));
        error[c] = std::max(error[c], std::abs(interpolate(table, hidden, c, std::sqrt(theta)) - exact));
      }
    }
    for (std::size_t c = 0; c < rows; ++c) EXPECT_LT(error[c], 1e-6 * largest[c]) << hidden << " " << c;
  }
}

/// ⟨g, table(W) at θ⟩ = ⟨adjoint(g), W⟩ for every W: the defining property.
TEST(AngleTable, AdjointOfTabulation) {
  core::RandomStream random(2, 2);
  constexpr int kHidden = 16, kNodes = 777;
  std::vector<double> weights(kHidden * kEncoding), gradient(kHidden * kEncoding);
  for (auto& w : weights) w = random.normal();
  std::vector<float> table(kNodes * 2 * kHidden), grad_table(table.size());
  for (auto& g : grad_table) g = static_cast<float>(random.normal());
  tabulate_encoding(kHidden, weights.data(), kNodes, table.data());
  tabulate_encoding_adjoint(kHidden, grad_table.data(), kNodes, gradient.data());
  double left = 0.0, right = 0.0, scale = 0.0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    left += static_cast<double>(table[i]) * static_cast<double>(grad_table[i]);
    scale += std::abs(static_cast<double>(table[i]) * static_cast<double>(grad_table[i]));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) right += weights[i] * gradient[i];
  EXPECT_NEAR(left, right, 1e-6 * scale);
}

}  // namespace
}  // namespace difftrack::network::kernels
