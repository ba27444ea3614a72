// SPDX-License-Identifier: Apache-2.0
#include "difftrack/learn/train/training_step.hpp"

#include <gtest/gtest.h>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/learn/models/module_parameters.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "tests/learn/random_frame.hpp"

namespace difftrack::learn {
namespace {

const auto kLayout = network::line_graph_layout(16);

TrainingStep step_of(const std::string& loss, int threads, std::uint64_t seed = 5) {
  Experiment experiment;
  experiment.loss.loss = loss;
  std::vector<event::Frame> frames;
  for (std::uint64_t f = 0; f < 3; ++f) frames.push_back(random_frame(8, 8, f));
  return {{.frames_per_step = 4, .seed = seed},
          kernel_gradient(kLayout),
          experiment.objectives.kind(loss, "").make(experiment),
          detector::read_detector("bergen-dtc"),
          std::move(frames),
          threads};
}

TrainingState start() {
  TrainingState state;
  state.model = initial_parameters(kLayout, 1);
  state.square_average.assign(kLayout.n_parameters, 0.0F);
  return state;
}

TEST(TrainingStep, IsTheSameForAnyNumberOfThreadsAndItsPartsInAnyPlace) {
  TrainingState one = start(), three = start(), parts = start();
  const TrainingStep step = step_of("hamming", 1), threaded = step_of("hamming", 3);
  for (int i = 0; i < 3; ++i) {
    step(one);
    threaded(three);
    // As over several machines: the contributions come in another order, and are taken up in that of the draw.
    const auto drawn = step.draw(parts.step);
    std::vector<TrainingStep::Contribution> contributions(drawn.size());
    for (std::size_t slot = drawn.size(); slot-- > 0;)
      contributions[slot] = threaded.contribution(parts.model.values, parts.step, drawn, slot);
    step.apply(contributions, parts);
  }
  EXPECT_EQ(one.step, 3);
  for (const TrainingState* other : {&three, &parts}) {
    EXPECT_EQ(one.model.values, other->model.values);
    EXPECT_EQ(one.model.statistics, other->model.statistics);
    EXPECT_EQ(one.square_average, other->square_average);
    EXPECT_EQ(one.losses, other->losses);
  }
}

TEST(TrainingStep, AddsGradientsAndMovesAgainstThem) {
  const TrainingStep step = step_of("bce", 1);
  TrainingState state = start();
  const TrainingState before = state;
  const auto drawn = step.draw(0);
  ASSERT_EQ(drawn.size(), 4U);
  double loss = 0.0;
  std::vector<float> sum(kLayout.n_parameters, 0.0F);
  for (std::size_t slot = 0; slot < drawn.size(); ++slot) {
    const auto contribution = step.contribution(state.model.values, 0, drawn, slot);
    loss += contribution.gradient.loss;
    for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += contribution.gradient.gradient[p];
  }
  step(state);
  EXPECT_EQ(state.losses, std::vector<double>{loss});
  for (std::size_t p = 0; p < sum.size(); ++p) {
    const float moved = state.model.values[p] - before.model.values[p];
    EXPECT_LE(moved * sum[p], 0.0F);
  }
  EXPECT_NE(state.model.statistics, before.model.statistics);
  EXPECT_NE(step_of("bce", 1, 6).draw(0), drawn);
}

TEST(FrameLoss, IsTheObjectiveDividedByTheFramesOfAStep) {
  Experiment experiment;
  const auto objective = experiment.objectives.kind("bce", "").make(experiment);
  const detector::Detector detector = detector::read_detector("bergen-dtc");
  const event::Frame frame = random_frame(6, 8, 1);
  const graph::HitGraph graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  const ObjectiveFrame view{frame, graph, detector, 1, {}};
  const torch::Tensor logits = torch::linspace(-2, 2, static_cast<std::int64_t>(graph.size())).requires_grad_();
  const torch::Tensor whole = (*objective)(logits, view).loss;
  const torch::Tensor part = frame_loss(*objective, view, 32)(logits, {});
  EXPECT_FLOAT_EQ(32 * part.item<float>(), whole.item<float>());
  // Differentiable twice, as a Hessian needs it: for the cross-entropy the second derivative is p (1 - p) / N_group.
  const torch::Tensor gradient = torch::autograd::grad({whole}, {logits}, {}, true, true)[0];
  const torch::Tensor curvature = torch::autograd::grad({gradient.sum()}, {logits})[0];
  const SegmentTruth truth = view.truth();
  const torch::Tensor p = logits.detach().sigmoid(), rest = 1 - truth.tracker;
  const torch::Tensor weight = truth.tracker / truth.tracker.sum() + rest / rest.sum();
  EXPECT_TRUE(torch::allclose(gradient, (p - truth.labels) * weight, 1e-4, 1e-7));
  EXPECT_TRUE(torch::allclose(curvature, p * (1 - p) * weight, 1e-4, 1e-7));
}

}  // namespace
}  // namespace difftrack::learn
