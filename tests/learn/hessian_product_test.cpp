// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/models/hessian_product.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "difftrack/core/random.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/learn/models/graph_tensors.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/ops/group_losses.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

class HessianProductTest : public testing::TestWithParam<network::BatchNormMode> {
 protected:
  std::vector<double> product(const std::vector<double>& v) const {
    const SegmentTruth truth = segment_truth(frame_, graph_, 2);
    return HessianProduct(layout_, flat_, GetParam())(
        frame_, graph_,
        [&](const torch::Tensor& logits) {
          return bce_group_means(logits, truth.labels.to(torch::kDouble), truth.tracker.to(torch::kDouble)).sum();
        },
        v);
  }
  std::vector<double> random(std::uint64_t stream) const {
    core::RandomStream random(3, stream);
    std::vector<double> v(layout_.n_parameters);
    for (double& each : v) each = random.normal();
    return v;
  }
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  }

  network::ParameterLayout layout_ = network::line_graph_layout(16);
  network::FlatParameters flat_ = initial_parameters(layout_, 5);
  event::Frame frame_ = random_frame(6, 7, 3);
  graph::HitGraph graph_ = graph::build_hit_graph(frame_);
};

TEST_P(HessianProductTest, IsSymmetricAndLinear) {
  const std::vector<double> v = random(1), w = random(2);
  const std::vector<double> hv = product(v), hw = product(w);
  EXPECT_GT(dot(hv, hv), 0.0);
  EXPECT_NEAR(dot(w, hv), dot(v, hw), 1e-8 * std::sqrt(dot(hv, hv) * dot(w, w)));
  std::vector<double> sum(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) sum[i] = 2.0 * v[i] - w[i];
  const std::vector<double> together = product(sum);
  for (std::size_t i = 0; i < v.size(); i += 101) EXPECT_NEAR(together[i], 2.0 * hv[i] - hw[i], 1e-9) << i;
}

// A shift β_k of BatchNorm that the bias behind it takes back changes nothing: L(W, β + t e_k, b − t W_k) = L(W, β, b)
// for every W. Its derivative by W_k says that along this line the gradient moves in W_k alone, by t ∂L/∂b: so H of the
// line is ∂L/∂b on that column, whichever the column, and 0 elsewhere.
TEST_P(HessianProductTest, OfAShiftThatTheBiasTakesBackIsTheGradientOfTheBias) {
  const network::PerceptronSlices& r1 = layout_.steps[0].relational;
  std::vector<double> bias_gradient;
  for (const std::size_t column : {0U, 9U, 100U}) {
    std::vector<double> line(layout_.n_parameters, 0.0);
    line[r1.norm[0].bias + column] = 1.0;
    for (std::size_t o = 0; o < 16; ++o)
      line[r1.linear[0].bias + o] -= static_cast<double>(flat_.values[r1.linear[0].weight + o * 144 + column]);
    std::vector<double> image = product(line), on_column;
    for (std::size_t o = 0; o < 16; ++o)
      on_column.push_back(std::exchange(image[r1.linear[0].weight + o * 144 + column], 0.0));
    EXPECT_LE(std::sqrt(dot(image, image)), 1e-9) << column;
    EXPECT_GT(dot(on_column, on_column), 1e-12);
    if (bias_gradient.empty()) bias_gradient = on_column;
    for (std::size_t o = 0; o < 16; ++o) EXPECT_NEAR(on_column[o], bias_gradient[o], 1e-9) << column << " " << o;
  }
}

/// (∇L(w + εv) − ∇L(w − εv)) / 2ε by the kernels, their pattern held at w.
std::vector<double> held_quotient(const network::FlatParameters& flat, const network::kernels::LineGraphView& view,
                                  network::BatchNormMode mode, const SegmentTruth& truth,
                                  const std::vector<double>& v) {
  namespace kernels = network::kernels;
  const auto n = static_cast<std::size_t>(view.n_segments);
  kernels::TrainingWorkspace workspace;
  std::vector<float> logits(n), slope(n);
  kernels::training_forward(16, flat.values, flat.statistics, view, mode, workspace, logits);
  const kernels::ActivationPattern pattern = kernels::record_pattern(view, workspace);
  const torch::Tensor labels = truth.labels.to(torch::kFloat).contiguous();
  const torch::Tensor tracker = truth.tracker.to(torch::kFloat).contiguous();
  const double in_tracker = tracker.sum().item<double>();
  const auto gradient = [&](double step) {
    std::vector<float> values(flat.values), sum(values.size(), 0.0F);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += static_cast<float>(step * v[i]);
    kernels::training_forward(16, values, flat.statistics, view, mode, workspace, logits, &pattern);
    for (std::size_t s = 0; s < n; ++s) {
      const double p = 1.0 / (1.0 + std::exp(-static_cast<double>(logits[s])));
      const bool touches = tracker.data_ptr<float>()[s] > 0.0F;
      slope[s] = static_cast<float>((p - static_cast<double>(labels.data_ptr<float>()[s])) /
                                    (touches ? in_tracker : static_cast<double>(n) - in_tracker));
    }
    kernels::training_backward(16, values, view, workspace, slope, sum);
    return sum;
  };
  const double step = 1e-4;
  const std::vector<float> up = gradient(step), down = gradient(-step);
  std::vector<double> quotient(v.size());
  for (std::size_t i = 0; i < v.size(); ++i)
    quotient[i] = (static_cast<double>(up[i]) - static_cast<double>(down[i])) / (2.0 * step);
  return quotient;
}

// A quotient of float32 gradients whose pattern is held is the Hessian of the smooth piece, which is what double
// backward gives.
TEST_P(HessianProductTest, IsWhatTheKernelsGiveWithTheirPatternHeld) {
  const auto features = graph::segment_features(frame_, graph_);
  const auto view = network::kernels::line_graph_view(graph_, features);
  const SegmentTruth truth = segment_truth(frame_, graph_, 2);
  for (const std::uint64_t stream : {1U, 2U, 3U}) {
    const std::vector<double> v = random(stream), expected = product(v);
    std::vector<double> found = held_quotient(flat_, view, GetParam(), truth, v);
    for (std::size_t i = 0; i < v.size(); ++i) found[i] -= expected[i];
    EXPECT_LE(std::sqrt(dot(found, found) / dot(expected, expected)), 2e-3) << stream;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, HessianProductTest,
                         testing::Values(network::BatchNormMode::Running, network::BatchNormMode::Frame));

}  // namespace
}  // namespace difftrack::learn
