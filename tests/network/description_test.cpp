// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/description.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "difftrack/core/error.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/network/node_features.hpp"
#include "difftrack/network/scorer/registry.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "tests/network/descriptions.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::network {
namespace {

namespace fs = std::filesystem;

std::string refusal(const auto& act) {
  try {
    act();
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Description, TomlRoundTrip) {
  auto all = odd_descriptions();
  all.emplace_back("default", Description{});
  all.emplace_back("gated", [] {
    Description gated;
    gated.kink_gate = -3.5;
    return gated;
  }());
  all.emplace_back("hit graph", published_hit_graph(64));
  for (const auto& [name, description] : all) {
    EXPECT_EQ(description_from_toml(to_toml(description), "m"), description) << name;
    EXPECT_EQ(resolved(resolved(description)), resolved(description)) << name;
  }
  EXPECT_EQ(resolved(Description{}), published_line_graph(16));
  EXPECT_EQ(description_from_toml("", "m"), Description{});
  // What is not said is left out, so that older versions read the file.
  EXPECT_EQ(to_toml(Description{}).find("kink_gate"), std::string::npos);
}

TEST(Description, ABadOneIsRefusedWithFileOptionAndValue) {
  const auto message = [](const std::string& toml) {
    return refusal([&] { parameter_layout(description_from_toml(toml, "m.safetensors")); });
  };
  EXPECT_EQ(message("hidden = 12"), "no error");
  EXPECT_EQ(message("network = 'tree'"),
            "m.safetensors: network = 'tree': is no choice; did you mean 'hit_graph'? Choices: line_graph, hit_graph");
  EXPECT_EQ(message("aggregation = 'median'"),
            "m.safetensors: aggregation = 'median': is no choice; did you mean 'mean'? Choices: max, sum, mean");
  EXPECT_EQ(message("features = 'edep,layer'"),
            "m.safetensors: features = 'layer': is no choice; did you mean 'edep'? Choices: edep, position, direction, "
            "context");
  EXPECT_EQ(message("features = 'edep, edep'"), "m.safetensors: features = 'edep': is named twice");
  EXPECT_EQ(message("message_steps = 0"), "m.safetensors: message_steps = '0': must lie in [1, 16]");
  EXPECT_EQ(message("message_step = 1"), "m.safetensors: message_step: unknown key; did you mean 'message_steps'?");
  EXPECT_EQ(message("hidden = 1.5"), "m.safetensors: hidden: has the wrong type; expected an integer");
  EXPECT_NE(message("frequencies = 0\nencoding_scale = 0.1").find("encoding_scale = '0.1': is of no use"),
            std::string::npos);
  EXPECT_EQ(message("kink_gate = 2000"), "m.safetensors: kink_gate = '2000': must lie in [-1000, 1000]");
  EXPECT_EQ(message("network = 'hit_graph'\nkink_gate = -3"),
            "m.safetensors: kink_gate = '-3': is of no use on the hit graph, which has no kinks");
  EXPECT_NE(message("hidden = ").find("m.safetensors"), std::string::npos);
}

TEST(ParameterLayout, FollowsFromTheDescription) {
  const auto layout = parameter_layout(odd_descriptions()[2].second);  // 4 steps, hidden 8, messages 5, nodes 7
  ASSERT_EQ(layout.steps.size(), 4U);
  EXPECT_EQ(layout.steps[0].relational.linear[0].in, 8 + 8 + 128);
  EXPECT_EQ(layout.steps[0].relational.linear[2].out, 5);
  EXPECT_EQ(layout.steps[0].object.linear[0].in, 8 + 5);
  EXPECT_EQ(layout.steps[3].relational.linear[0].in, 7 + 7 + 128);
  EXPECT_EQ(layout.steps[3].object.name, "O_4");
  EXPECT_EQ(layout.read_out.linear[0].in, 7);
  EXPECT_EQ(layout.read_out.linear[0].out, 8);
  EXPECT_EQ(hit_graph_layout(64).read_out.linear[0].in, 192);
}

class ModelFile : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }
  std::string path_ =
      (fs::temp_directory_path() / ("difftrack_description_test" + std::to_string(getpid()) + ".safetensors")).string();
};

TEST_F(ModelFile, CarriesItsDescription) {
  for (const auto& [name, description] : odd_descriptions()) {
    const auto layout = parameter_layout(description);
    write_weights(path_, to_weights(random_parameters(layout, 3), layout));
    const auto read = read_weights(path_);
    EXPECT_EQ(description_of(read, path_), layout.description) << name;
    const SegmentScorer scorer(read, path_);
    EXPECT_EQ(scorer.description(), layout.description) << name;
    EXPECT_EQ(scorer.implementation(), name == "TwoSteps" ? "kernels" : "general") << name;
  }
}

TEST_F(ModelFile, WithABadDescriptionIsRefused) {
  const auto layout = line_graph_layout(16);
  auto weights = to_weights(random_parameters(layout, 3), layout);
  auto& description = weights.metadata.at("description");
  description.replace(description.find("\"max\""), 5, "\"mid\"");
  write_weights(path_, weights);
  EXPECT_EQ(refusal([&] { read_weights(path_); }),
            path_ + ": aggregation = 'mid': is no choice; did you mean 'max'? Choices: max, sum, mean");
  weights.metadata["description"] = "hidden = 12";
  write_weights(path_, weights);
  EXPECT_EQ(refusal([&] { read_weights(path_); }),
            path_ + ": R1.layers.1.weight = '(16, 144)': has the wrong shape; expected (12, 144)");
  // Of the same shapes, but another network than asked for.
  weights.metadata["description"] = "aggregation = 'sum'";
  EXPECT_EQ(refusal([&] { flatten(weights, layout, "m"); }),
            "m: aggregation = 'sum': is another network's; expected max");
}

/// Models from before there were descriptions: the shipped ones are such files.
TEST(OldModelFiles, AreThePublishedNetworksUnchanged) {
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(paths::source() + "/models")) {
    const std::string path = entry.path().string();
    // Beside the models lie checkpoints of trainings that are to go on (tools/study.sh): state of an optimizer, no
    // network.
    if (entry.path().extension() != ".safetensors" || path.find("/unfinished/") != std::string::npos) continue;
    ++count;
    const auto weights = read_weights(path);
    const bool hit_graph = path.find("hit_graph") != std::string::npos;
    EXPECT_EQ(description_of(weights, path), hit_graph ? published_hit_graph(64) : published_line_graph(16)) << path;
    EXPECT_EQ(SegmentScorer(weights, path).implementation(), hit_graph ? "general" : "kernels") << path;
    // The same numbers with the description written down score to the same bits.
    const auto layout = layout_of(weights, path);
    const auto described = to_weights(flatten(weights, layout, path), layout);
    const auto frame = problems::beam_frame(1, 8);
    const auto graph = graph::build_hit_graph(frame);
    SegmentScorer::Workspace workspace;
    EXPECT_EQ(SegmentScorer(weights, path)(frame, graph, workspace),
              SegmentScorer(described, path)(frame, graph, workspace));
  }
  EXPECT_GE(count, 12);
}

TEST(Registry, KernelsForTheNetworksThatShipTheGeneralPathForAll) {
  for (const int hidden : {16, 32, 64}) {
    EXPECT_FALSE(no_inference_kernels(published_line_graph(hidden)));
    EXPECT_FALSE(no_training_kernels(published_line_graph(hidden)));
  }
  const auto obstacle = [](const Description& description) {
    const auto found = no_training_kernels(description);
    return found ? found->option + " " + found->value + " " + found->needed : "none";
  };
  EXPECT_EQ(obstacle(published_line_graph(48)), "hidden 48 16, 32 or 64");
  EXPECT_EQ(obstacle(published_hit_graph(64)), "network hit_graph line_graph");
  EXPECT_EQ(obstacle(odd_descriptions().at(1).second), "message_steps 2 1");
  EXPECT_EQ(obstacle(odd_descriptions()[3].second), "frequencies 0 64");
  EXPECT_FALSE(no_inference_kernels(odd_descriptions().at(1).second)) << "any number of steps scores on kernels";
  EXPECT_EQ(implementations().front().name, "kernels");
  for (const auto& [name, description] : odd_descriptions())
    EXPECT_TRUE(implementations().back().computes(description)) << name;
}

TEST(NodeFeatures, AreTheNamedColumnsInTheirOrder) {
  const auto frame = problems::beam_frame(3, 5);
  const auto graph = graph::build_hit_graph(frame);
  ASSERT_GT(graph.size(), 3U);
  Description description;
  const auto all = node_features(description, frame, graph);
  ASSERT_EQ(all.size(), graph.size() * 8);
  description.features = "direction,edep";
  const auto some = node_features(description, frame, graph);
  ASSERT_EQ(node_columns(description), 5);
  ASSERT_EQ(some.size(), graph.size() * 5);
  const std::size_t s = 3;
  const auto d = static_cast<std::size_t>(graph.deep[s]), u = static_cast<std::size_t>(graph.shallow[s]);
  const float length = std::hypot(frame.hits.x[u] - frame.hits.x[d], frame.hits.y[u] - frame.hits.y[d],
                                  frame.hits.z[u] - frame.hits.z[d]);
  EXPECT_NEAR(some[s * 5], length, 1e-4F * length);
  EXPECT_EQ(some[s * 5 + 3], all[s * 8]);
  EXPECT_EQ(some[s * 5 + 4], all[s * 8 + 1]);
  description.network = NetworkKind::HitGraph;
  description.features = "edep,layer";
  const auto hits = node_features(description, frame, graph);
  ASSERT_EQ(hits.size(), frame.hits.size() * 2);
  EXPECT_EQ(hits[2], frame.hits.edep[1]);
  EXPECT_EQ(hits[3], static_cast<float>(frame.hits.layer[1]));
}

}  // namespace
}  // namespace difftrack::network
