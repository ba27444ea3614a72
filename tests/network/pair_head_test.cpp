// SPDX-License-Identifier: Apache-2.0
// The pair head: kernels and plain reference on one table of widths and numbers of rows.
#include "difftrack/network/kernels/pair_head.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <tuple>

#include "difftrack/core/random.hpp"
#include "difftrack/network/reference/pair_head.hpp"
#include "difftrack/network/scorer/pair_scores.hpp"

namespace difftrack::network {
namespace {

std::vector<float> random_numbers(std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, 0);
  std::vector<float> numbers;
  for (std::size_t i = 0; i < n; ++i) numbers.push_back(static_cast<float>(random.normal()));
  return numbers;
}

struct Problem {
  std::vector<float> numbers, rows, grad_scores;
  PairHead head;
  Problem(std::int32_t width, std::size_t n)
      : numbers(random_numbers(pair_head_size(width), 1)),
        rows(random_numbers(n * kPairColumns, 2)),
        grad_scores(random_numbers(n, 3)),
        head{width, numbers} {}
};

class PairHeads : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  Problem p_{std::get<0>(GetParam()), static_cast<std::size_t>(std::get<1>(GetParam()))};
};
INSTANTIATE_TEST_SUITE_P(WidthAndRows, PairHeads,
                         testing::Combine(testing::Values(1, 5, 16, 32, 64), testing::Values(0, 1, 63, 64, 65, 300)));

TEST_P(PairHeads, ScoresAndGradientAreThoseOfTheReference) {
  const std::vector<float> scores = pair_scores(p_.head, p_.rows);
  const std::vector<double> exact = reference::pair_scores(p_.head, p_.rows);
  ASSERT_EQ(scores.size(), p_.grad_scores.size());
  for (std::size_t r = 0; r < exact.size(); ++r)
    EXPECT_NEAR(static_cast<double>(scores[r]), exact[r], 2e-5 * (1.0 + std::abs(exact[r])));
  std::vector<double> gradient(p_.numbers.size(), 0.5), expected(p_.numbers.size(), 0.5);
  add_pair_gradient(p_.head, p_.rows, p_.grad_scores, gradient);
  reference::add_pair_gradient(p_.head, p_.rows, p_.grad_scores, expected);
  double difference = 0.0, norm = 1e-12;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    difference += std::pow(gradient[i] - expected[i], 2);
    norm += std::pow(expected[i] - 0.5, 2);
  }
  EXPECT_LT(std::sqrt(difference / norm), 1e-6);
}

TEST_P(PairHeads, RowsAreScoredOneByOneAsTogether) {
  const std::vector<float> together = pair_scores(p_.head, p_.rows);
  for (std::size_t r = 0; r < together.size(); ++r)
    EXPECT_EQ(pair_scores(p_.head, std::span(p_.rows).subspan(r * kPairColumns, kPairColumns)).at(0), together[r]);
}

TEST(PairHeadReference, GradientIsThatOfDifferences) {
  Problem p(5, 7);
  std::vector<double> gradient(p.numbers.size(), 0.0);
  reference::add_pair_gradient(p.head, p.rows, p.grad_scores, gradient);
  const auto value = [&] {
    double sum = 0.0;
    const std::vector<double> scores = reference::pair_scores(p.head, p.rows);
    for (std::size_t r = 0; r < scores.size(); ++r) sum += scores[r] * static_cast<double>(p.grad_scores[r]);
    return sum;
  };
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const float was = p.numbers[i], step = 1e-3F;
    p.numbers[i] = was + step;
    const double above = value();
    p.numbers[i] = was - step;
    const double below = value();
    p.numbers[i] = was;
    EXPECT_NEAR((above - below) / (2.0 * static_cast<double>(step)), gradient[i], 2e-3 * (1.0 + std::abs(gradient[i])));
  }
}

TEST(PairHead, IsTheLastOfANetworksNumbersAndTheNetworkIsAsWithout) {
  Description description = published_line_graph(16);
  description.pair_width = 16;
  const ParameterLayout with = parameter_layout(description), without = line_graph_layout(16);
  EXPECT_EQ(with.pair_begin, without.n_parameters);
  EXPECT_EQ(without.pair_begin, without.n_parameters);
  EXPECT_EQ(with.n_parameters, without.n_parameters + pair_head_size(16));
  EXPECT_EQ(with.parameters.back().name, "P.layers.2.bias");
  FlatParameters flat{random_numbers(with.n_parameters, 4), std::vector<float>(with.n_statistics, 1.0F)};
  const PairHead head = pair_head_of(flat, with);
  EXPECT_EQ(head.width, 16);
  EXPECT_EQ(head.offset(), flat.values.back());
  EXPECT_EQ(head.weight()[0], flat.values[with.pair_begin]);
  EXPECT_EQ(layout_of(to_weights(flat, with), "file").description, description) << "the model file tells";
  EXPECT_EQ(pair_head_of(flat, without).width, 0);
}

TEST(PairHead, RefusesOtherSizes) {
  Problem p(16, 3);
  std::vector<double> gradient(p.numbers.size(), 0.0);
  EXPECT_THROW(pair_scores({32, p.numbers}, p.rows), std::invalid_argument);
  EXPECT_THROW(pair_scores(p.head, std::span(p.rows).subspan(1)), std::invalid_argument);
  EXPECT_THROW(add_pair_gradient(p.head, p.rows, std::span(p.grad_scores).subspan(1), gradient), std::invalid_argument);
  EXPECT_THROW(add_pair_gradient(p.head, p.rows, p.grad_scores, std::span(gradient).subspan(1)), std::invalid_argument);
}

}  // namespace
}  // namespace difftrack::network
