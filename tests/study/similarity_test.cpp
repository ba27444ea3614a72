// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/similarity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/network/angle_encoding.hpp"
#include "difftrack/network/graph_inputs.hpp"
#include "difftrack/network/reference/network.hpp"
#include "difftrack/study/cka.hpp"
#include "difftrack/study/lanczos.hpp"
#include "tests/study/study_fixture.hpp"

namespace difftrack::study {
namespace {

/// HSIC as its formula stands, with n × n matrices.
double naive_hsic(std::span<const double> x, std::size_t p, std::span<const double> y, std::size_t q) {
  const std::size_t n = x.size() / p;
  const auto gram = [n](std::span<const double> z, std::size_t width) {
    std::vector<double> k(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (i != j) k[i * n + j] = dot(z.subspan(i * width, width), z.subspan(j * width, width));
    return k;
  };
  const std::vector<double> k = gram(x, p), l = gram(y, q);
  double trace = 0.0, sum_k = 0.0, sum_l = 0.0, sum_kl = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    double row_k = 0.0, row_l = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      trace += k[i * n + j] * l[j * n + i];
      row_k += k[i * n + j];
      row_l += l[i * n + j];
    }
    sum_k += row_k, sum_l += row_l, sum_kl += row_k * row_l;
  }
  const auto m = static_cast<double>(n);
  return (trace + sum_k * sum_l / ((m - 1) * (m - 2)) - 2.0 * sum_kl / (m - 2)) / (m * (m - 3));
}

/// Rows with a common part, so that two sets are alike to some degree.
std::vector<double> features(std::size_t n, std::size_t width, std::uint64_t seed, double common, double offset = 0.0) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) {
    core::RandomStream shared(99, i), own(seed, i);
    for (std::size_t c = 0; c < width; ++c) values.push_back(offset + common * shared.normal() + own.normal());
  }
  return values;
}

TEST(Cka, EqualsTheFormulaWithItsGramMatrices) {
  for (const std::size_t n : {7U, 60U, 300U}) {
    const auto x = features(n, 5, 1, 1.0, 3.0), y = features(n, 9, 2, 1.0, -2.0);
    const double expected = cka(naive_hsic(x, 5, y, 9), naive_hsic(x, 5, x, 5), naive_hsic(y, 9, y, 9));
    EXPECT_NEAR(linear_cka(x, 5, y, 9), expected, 1e-9) << n;
  }
}

TEST(Cka, OfFeaturesWithThemselvesRotatedScaledAndShiftedIsOne) {
  const std::size_t n = 200, width = 6;
  const auto x = features(n, width, 1, 1.0);
  EXPECT_NEAR(linear_cka(x, width, x, width), 1.0, 1e-12);
  Vector u = normal_vector(width, 3, 3);
  const double length = norm(u);
  for (double& each : u) each /= length;
  std::vector<double> rotated;
  for (std::size_t i = 0; i < n; ++i) {
    const std::span<const double> row = std::span(x).subspan(i * width, width);
    const double along = dot(u, row);
    for (std::size_t c = 0; c < width; ++c) rotated.push_back(7.0 * (row[c] - 2.0 * along * u[c]) + 100.0);
  }
  EXPECT_NEAR(linear_cka(x, width, rotated, width), 1.0, 1e-9);
}

TEST(Cka, OfIndependentFeaturesIsZeroWithoutBias) {
  double mean = 0.0;
  for (std::uint64_t k = 0; k < 50; ++k)
    mean += linear_cka(features(60, 8, 10 + k, 0.0), 8, features(60, 8, 500 + k, 0.0), 8) / 50.0;
  EXPECT_NEAR(mean, 0.0, 0.02);  // the biased estimate would be 0.1
}

TEST(Cka, OfMinibatchesHasTheSameMean) {
  const std::size_t n = 4096, batch = 256, width = 4;
  const auto x = features(n, width, 1, 1.0), y = features(n, width, 2, 1.0);
  double xy = 0.0, xx = 0.0, yy = 0.0;
  for (std::size_t first = 0; first < n; first += batch) {
    const auto a = std::span(x).subspan(first * width, batch * width),
               b = std::span(y).subspan(first * width, batch * width);
    xy += naive_hsic(a, width, b, width), xx += naive_hsic(a, width, a, width), yy += naive_hsic(b, width, b, width);
  }
  EXPECT_NEAR(linear_cka(x, width, y, width), cka(xy, xx, yy), 0.02);
}

TEST(Cka, OfConstantsIsNoNumber) {
  const std::vector<double> flat(60, 2.5);
  EXPECT_TRUE(std::isnan(linear_cka(flat, 3, features(20, 3, 1, 1.0), 3)));
  EXPECT_TRUE(std::isnan(linear_cka(features(3, 2, 1, 1.0), 2, features(3, 2, 2, 1.0), 2)));  // fewer than four rows
}

TEST(GramSum, IsTheSumOfProducts) {
  const std::size_t columns = 37, rows = 600;
  const auto z = features(rows, columns, 4, 0.5);
  GramSum gram(columns);
  gram.add(std::span(z).first(100 * columns));
  gram.add(std::span(z).subspan(100 * columns));
  EXPECT_EQ(gram.rows(), 600);
  for (std::size_t i = 0; i < columns; i += 5)
    for (std::size_t j = 0; j < columns; j += 3) {
      double expected = 0.0;
      for (std::size_t r = 0; r < rows; ++r) expected += z[r * columns + i] * z[r * columns + j];
      EXPECT_NEAR(gram(i, j), expected, 1e-9);
      EXPECT_EQ(gram(i, j), gram(j, i));
    }
}

/// Outputs of every layer of R1 on all edges, by the reference network.
std::vector<std::vector<double>> r1_outputs(const Model& model, const StudyFrame& frame) {
  using network::reference::Matrix;
  const auto inputs = network::graph_inputs(model.layout.description, frame.frame, frame.graph);
  const auto frequencies = network::encoding_frequencies(64, 0.001);
  Matrix rows(inputs.n_edges(), 144);
  for (std::size_t e = 0; e < rows.rows; ++e) {
    double* row = rows.row(e);
    for (const std::int32_t node : {inputs.to[e], inputs.from[e]})
      row = std::copy_n(inputs.nodes.data() + 8 * static_cast<std::size_t>(node), 8, row);
    network::reference::encode_angle(static_cast<double>(inputs.angle[e]), frequencies, row);
  }
  std::vector<std::vector<double>> outputs;
  const network::reference::Parameters parameters{model.values, {model.statistics.begin(), model.statistics.end()}};
  apply(model.layout.steps[0].relational, parameters, network::BatchNormMode::Running, rows, nullptr,
        network::reference::Summation::Exact, [&](const Matrix& output) { outputs.push_back(output.values); });
  return outputs;
}

TEST(Similarity, OfAFrameIsThatOfItsLayerOutputs) {
  const std::vector<Model> models{trained("ptt_1"), trained("pat_lambda_50_1")};
  const FrameSet set = beam_frames(1, 8, 8);
  const auto matrices = similarity_matrices(frame_hsic(models, set.frames[0], {}, 0), 2);
  const auto a = r1_outputs(models[0], set.frames[0]), b = r1_outputs(models[1], set.frames[0]);
  ASSERT_EQ(a.size(), 8U);
  const auto width = [](std::size_t layer) { return layer == 0 ? 144U : 16U; };
  for (const std::size_t i : {0U, 1U, 2U, 5U, 7U})
    for (const std::size_t j : {0U, 3U, 4U, 6U})
      EXPECT_NEAR(matrices.layers[0][(1 * 8 + i) * 8 + j], linear_cka(a[i], width(i), b[j], width(j)), 1e-6) << i << j;
}

TEST(Similarity, OfAModelWithItselfIsOneLayerByLayerAndBelowOneOverAllPairs) {
  const std::vector<Model> models{trained("ptt_1"), trained("ptt_2")};
  const FrameSet set = beam_frames(1, 10, 8);
  for (const bool true_rows : {false, true}) {
    const auto m = similarity_matrices(frame_hsic(models, set.frames[0], {.true_rows = true_rows}, 0), 2);
    for (std::size_t module = 0; module < kModules.size(); ++module) {
      EXPECT_NEAR(m.matched[module][0], 1.0, 1e-9);
      EXPECT_NEAR(m.matched[module][3], 1.0, 1e-9);
      EXPECT_LT(m.all[module][0], 1.0);
      EXPECT_LT(m.matched[module][1], 1.0);
      EXPECT_NEAR(m.matched[module][1], m.matched[module][2], 1e-12);
    }
  }
}

TEST(Similarity, PublishedSamplingIsNearTheExactOne) {
  const std::vector<Model> models{trained("ptt_1"), trained("ptt_2")};
  const FrameSet set = beam_frames(1, 40, 12);
  const auto exact = similarity_matrices(frame_hsic(models, set.frames[0], {}, 0), 2);
  const auto published =
      similarity_matrices(frame_hsic(models, set.frames[0], {.sampling = Sampling::Published}, 0), 2);
  EXPECT_NE(published.all[0][1], exact.all[0][1]);
  EXPECT_NEAR(published.all[0][1], exact.all[0][1], 0.05);
}

TEST(Disagreement, OfIdenticalErrorsIsZeroAndOfIndependentOnesNearOne) {
  const std::size_t n = 20000;
  std::vector<std::uint8_t> truth(n), a(n), b(n);
  core::RandomStream random(1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    truth[i] = random.uniform() < 0.2;
    a[i] = truth[i] ^ (random.uniform() < 0.02);
    b[i] = truth[i] ^ (random.uniform() < 0.02);
  }
  EXPECT_EQ(disagreement_matrix(disagreement_counts({a, a}, truth), 2)[1], 0.0);
  const auto matrix = disagreement_matrix(disagreement_counts({a, b, a}, truth), 3);
  EXPECT_NEAR(matrix[1], 0.98, 0.03);  // 1 − 0.02: of independent errors 2 % are shared
  EXPECT_EQ(matrix[2], 0.0);
  EXPECT_EQ(matrix[1], matrix[3]);
}

TEST(Disagreement, GroupsTakePairsOfDifferentModels) {
  std::vector<Model> models(4);
  models[0].group = models[1].group = "a";
  models[2].group = models[3].group = "b";
  std::vector<double> matrix(16, 0.0);
  const auto set = [&](std::size_t i, std::size_t j, double value) { matrix[i * 4 + j] = matrix[j * 4 + i] = value; };
  set(0, 1, 0.1), set(2, 3, 0.2), set(0, 2, 0.3), set(0, 3, 0.4), set(1, 2, 0.5), set(1, 3, 0.9);
  const auto groups = group_values(matrix, models);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].pairs, 1);
  EXPECT_DOUBLE_EQ(groups[0].mean, 0.1);
  EXPECT_EQ(groups[1].pairs, 4);
  EXPECT_DOUBLE_EQ(groups[1].median, 0.45);
  EXPECT_DOUBLE_EQ(groups[1].maximum, 0.9);
}

TEST(Similarity, RefusesOtherNetworks) {
  const FrameSet set = beam_frames(1, 6, 6);
  EXPECT_THROW(frame_hsic({trained("hit_graph_ptt_1")}, set.frames[0], {}, 0), core::InputError);
  EXPECT_THROW(check_kernels(trained("hit_graph_ptt_1")), core::InputError);
}

}  // namespace
}  // namespace difftrack::study
