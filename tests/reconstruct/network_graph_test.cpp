// SPDX-License-Identifier: Apache-2.0
#include "difftrack/reconstruct/network_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/reconstruct/methods.hpp"
#include "difftrack/track/joint/kink_gate.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::reconstruct {
namespace {

network::Weights weights_of(std::optional<double> kink_gate) {
  network::Description description = network::published_line_graph(16);
  description.kink_gate = kink_gate;
  const auto layout = network::parameter_layout(description);
  return network::to_weights(network::random_parameters(layout, 3), layout);
}

/// The gated graph, step by step.
graph::HitGraph explicit_graph(const event::Frame& frame, const detector::Detector& detector, double nats) {
  const auto likelihood = track::read_likelihood(core::find_shipped("likelihoods", detector.name, ".safetensors"));
  return track::gate_kinks(frame, graph::build_hit_graph(frame, graph::hit_graph_config(detector)), likelihood,
                           track::TransportExpectation(detector, {}), nats);
}

TEST(NetworkGraph, HasTheGateOfTheDescriptionOrNone) {
  const auto detector = detector::read_detector("bergen-dtc");
  const auto frame = problems::beam_frame(6, 40);
  network::Description description;
  EXPECT_FALSE(NetworkGraph(detector, description)(frame).is_gated());
  description.kink_gate = -3.0;
  const auto gated = NetworkGraph(detector, description)(frame);
  EXPECT_EQ(gated.widest_chord2, explicit_graph(frame, detector, -3.0).widest_chord2);
  EXPECT_LT(gated.n_kinks(), NetworkGraph(detector, {})(frame).n_kinks() * 7 / 10);
  EXPECT_EQ(NetworkGraph(detector, description)(event::Frame{}).size(), 0U);
}

TEST(NetworkGraph, NeedsTheLikelihoodOfItsDetector) {
  auto detector = detector::read_detector("bergen-dtc");
  detector.name = "own";
  network::Description description;
  EXPECT_NO_THROW(NetworkGraph(detector, description, "m"));
  description.kink_gate = -3.0;
  try {
    NetworkGraph(detector, description, "m.safetensors");
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_STREQ(error.what(),
                 "m.safetensors: kink_gate = '-3': needs the likelihood of detector 'own', and none ships for it");
  }
}

/// From the model's file to tracks: logits are those of the explicit reference on the explicit graph.
TEST(GatedModel, ReconstructsAsTheExplicitReferenceDoes) {
  const auto detector = detector::read_detector("bergen-dtc");
  const auto frame = problems::beam_frame(6, 40);
  const std::string file =
      (std::filesystem::temp_directory_path() / ("difftrack_gated_model" + std::to_string(getpid()) + ".safetensors"))
          .string();
  network::write_weights(file, weights_of(-3.0));
  const auto graph = explicit_graph(frame, detector, -3.0);
  ReconstructFrame::Workspace workspace;
  const network::SegmentScorer reference(network::read_weights(file), file, network::SegmentScorer::Path::Reference);
  const auto expected = reference(frame, graph, workspace);
  for (const Tracking method : {Tracking::Network, Tracking::Combined}) {
    MethodConfig config;
    config.method = method;
    config.model = file;
    const FrameResult result = (*make_method(config, detector).reconstruct)(frame, workspace);
    EXPECT_EQ(result.graph.widest_chord2, graph.widest_chord2);
    ASSERT_EQ(result.logits.size(), expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s) ASSERT_NEAR(result.logits[s], expected[s], 1e-4) << s;
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace difftrack::reconstruct
