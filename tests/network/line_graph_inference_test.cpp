// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/line_graph_inference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/network/reference_logits.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"
#include "tests/problems/gated.hpp"

namespace difftrack::network {
namespace {

struct Case {
  event::Frame frame;
  graph::HitGraph graph;
  std::vector<float> features;
  graph::LineGraph kinks;
};

Case make_case(std::uint64_t seed, std::int32_t tracks, bool gated) {
  Case made;
  made.frame = problems::beam_frame(seed, tracks);
  made.graph = graph::build_hit_graph(made.frame);
  if (gated) made.graph = problems::gated(std::move(made.graph), seed);
  made.features = graph::segment_features(made.frame, made.graph);
  made.kinks = graph::build_line_graph(made.graph);
  return made;
}

std::vector<float> fast_logits(const Case& made, const kernels::LineGraphModel& model, bool given_angles) {
  kernels::InferenceWorkspace workspace;
  std::vector<float> logits(made.graph.size());
  kernels::fused_logits(model,
                        kernels::line_graph_view(made.graph, made.features, given_angles ? &made.kinks.theta : nullptr),
                        workspace, logits);
  return logits;
}

double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() ? 0.0 : 1e300;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    worst = std::max(worst, std::isfinite(a[i]) ? std::abs(a[i] - b[i]) : 1e300);
  return worst;
}

/// Hidden width, steps of message passing, and whether the graph is gated.
class LineGraphInference : public testing::TestWithParam<std::tuple<int, int, bool>> {
 protected:
  static ParameterLayout layout_of_case() {
    auto description = published_line_graph(std::get<0>(GetParam()));
    description.message_steps = std::get<1>(GetParam());
    return parameter_layout(description);
  }
};
INSTANTIATE_TEST_SUITE_P(HiddenStepsAndGate, LineGraphInference,
                         testing::Combine(testing::Values(16, 32, 64), testing::Values(1, 2, 4), testing::Bool()));

TEST_P(LineGraphInference, MatchesTheReference) {
  const auto layout = layout_of_case();
  for (const auto tracks : {1, 7, 40}) {
    const auto made = make_case(static_cast<std::uint64_t>(tracks), tracks, std::get<2>(GetParam()));
    const auto flat = random_parameters(layout, 17);
    const auto model = kernels::fold_line_graph(layout, flat);
    const auto expected =
        reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Running, made.features, made.kinks);
    EXPECT_LT(largest_difference(fast_logits(made, model, true), expected), 1e-4) << tracks;
    EXPECT_LT(largest_difference(fast_logits(made, model, false), expected), 1e-4) << tracks;
  }
}

TEST_P(LineGraphInference, SegmentsWithoutKinksAndEmptyFrames) {
  const auto layout = layout_of_case();
  const auto flat = random_parameters(layout, 5);
  const auto model = kernels::fold_line_graph(layout, flat);
  Case made;
  made.frame = problems::made_frame({{1, 0, 0, 0}, {0, 0, 0, 0}});
  made.graph = graph::build_hit_graph(made.frame);
  if (std::get<2>(GetParam())) made.graph = problems::gated(std::move(made.graph), 5);
  made.features = graph::segment_features(made.frame, made.graph);
  ASSERT_EQ(made.graph.size(), 1U);
  const auto expected =
      reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Running, made.features, made.kinks);
  EXPECT_LT(largest_difference(fast_logits(made, model, false), expected), 1e-4);
  EXPECT_TRUE(fast_logits(Case{}, model, false).empty());
}

/// A gate that lets everything pass is none, to the rounding of the chord; one that lets nothing pass leaves segments
/// without a message.
TEST(GatedInference, AllOrNothing) {
  const auto layout = line_graph_layout(16);
  const auto flat = random_parameters(layout, 17);
  const auto model = kernels::fold_line_graph(layout, flat);
  Case made = make_case(3, 40, false);
  const auto open = fast_logits(made, model, false), with_angles = fast_logits(made, model, true);
  made.graph.widest_chord2.assign(made.graph.size(), 4.0F);
  EXPECT_LT(largest_difference(fast_logits(made, model, false), {open.begin(), open.end()}), 1e-5);
  EXPECT_EQ(fast_logits(made, model, true), with_angles);
  made.graph.widest_chord2.assign(made.graph.size(), -1.0F);
  const auto expected =
      reference_logits(layout, reference::Parameters::from(flat), BatchNormMode::Running, made.features, {});
  EXPECT_LT(largest_difference(fast_logits(made, model, false), expected), 1e-4);
}

}  // namespace
}  // namespace difftrack::network
