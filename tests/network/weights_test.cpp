// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/weights.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/network/parameter_layout.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "tests/network/random_weights.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::network {
namespace {

std::string message_of(const Weights& weights) {
  try {
    flatten(weights, layout_of(weights, "m.safetensors"), "m.safetensors");
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ParameterLayout, CountsAndOrder) {
  const auto layout = line_graph_layout(16);
  EXPECT_EQ(layout.n_parameters, 4961U);
  EXPECT_EQ(layout.parameters.front().name, "R1.layers.0.weight");
  EXPECT_EQ(layout.parameters.back().name, "R2.layers.7.bias");
  std::size_t next = 0;
  for (const auto& slice : layout.parameters) {
    EXPECT_EQ(slice.offset, next) << slice.name;
    next += slice.size;
  }
  EXPECT_EQ(next, layout.n_parameters);
  EXPECT_EQ(layout.steps[0].object.norm[3].width, 16);
  EXPECT_EQ(hit_graph_layout(64).steps[0].relational.linear[0].in, 11);
}

TEST(ParameterLayout, GoldenWeightsFitAndSurviveTheRoundTrip) {
  for (const auto* name : {"trained", "fresh"}) {
    const auto weights = npz_weights(paths::golden() + "/weights_" + name + ".npz");
    const auto layout = layout_of(weights, name);
    EXPECT_EQ(layout.description, published_line_graph(16));
    const auto flat = flatten(weights, layout, name);
    const auto back = to_weights(flat, layout);
    for (const auto& [path, tensor] : back.tensors) {
      EXPECT_EQ(tensor.shape, weights.tensors.at(path).shape) << path;
      EXPECT_EQ(tensor.data, weights.tensors.at(path).data) << path;
    }
    EXPECT_EQ(back.tensors.size(), layout.parameters.size() + layout.statistics.size());
  }
}

TEST(Weights, FileRoundTrip) {
  const auto path =
      (std::filesystem::temp_directory_path() / ("difftrack_weights_test" + std::to_string(getpid()) + ".safetensors"))
          .string();
  for (const auto& layout : {line_graph_layout(16), hit_graph_layout(64)}) {
    auto weights = to_weights(random_parameters(layout, 3), layout);
    weights.metadata["seed"] = "3";
    write_weights(path, weights);
    const auto read = read_weights(path);
    EXPECT_EQ(read.metadata, weights.metadata);
    ASSERT_EQ(read.tensors.size(), weights.tensors.size());
    for (const auto& [name, tensor] : weights.tensors) {
      EXPECT_EQ(read.tensors.at(name).shape, tensor.shape) << name;
      EXPECT_EQ(read.tensors.at(name).data, tensor.data) << name;
    }
    EXPECT_EQ(SegmentScorer(read, path).description(), layout.description);
  }
  std::filesystem::remove(path);
}

TEST(Weights, AModelThatDoesNotFitSaysWhichTensor) {
  const auto layout = line_graph_layout(16);
  const auto good = to_weights(random_parameters(layout, 3), layout);
  EXPECT_EQ(message_of(good), "no error");
  auto counted = good;
  counted.tensors["R1.layers.0.num_batches_tracked"] = {{}, {478.0F}};
  EXPECT_EQ(message_of(counted), "no error");

  auto shape = good;
  shape.tensors["O.layers.1.weight"].shape = {24, 16};
  EXPECT_EQ(message_of(shape), "m.safetensors: O.layers.1.weight = '(24, 16)': has the wrong shape; expected (16, 24)");
  auto missing = good;
  missing.tensors.erase("R2.layers.7.bias");
  EXPECT_EQ(message_of(missing), "m.safetensors: R2.layers.7.bias: is missing from the model");
  auto extra = good;
  extra.tensors["R3.weight"] = {{2}, {1.0F, 2.0F}};
  EXPECT_EQ(message_of(extra), "m.safetensors: R3.weight = '(2)': is no tensor of this network");
  auto other = good;  // without a description, R1 tells what it is
  other.metadata.clear();
  other.tensors["R1.layers.0.weight"] = {{10}, std::vector<float>(10)};
  EXPECT_NE(message_of(other).find("belongs to no known network"), std::string::npos) << message_of(other);
  auto nan = good;
  nan.tensors["R1.layers.4.bias"].data[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(message_of(nan).find("R1.layers.4.bias = 'nan': must be finite"), std::string::npos) << message_of(nan);
  auto negative = good;
  negative.tensors["R1.layers.3.running_var"].data[2] = -1.0F;
  EXPECT_NE(message_of(negative).find("a variance is not negative"), std::string::npos) << message_of(negative);
  EXPECT_NE(message_of(Weights{}).find("is missing"), std::string::npos);
}

}  // namespace
}  // namespace difftrack::network
