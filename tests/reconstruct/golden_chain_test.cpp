// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "difftrack/event/io/npz.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/frame_source.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/track/metrics.hpp"
#include "tests/problems/golden.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::reconstruct {
namespace {

network::Weights golden_weights(const std::string& name) {
  const event::NpzFile file(paths::golden() + "/weights_" + name + ".npz");
  network::Weights weights;
  for (const std::string& key : file.keys()) {
    const auto array = file.read(key);
    weights.tensors[key] = {array.shape, array.as<float>()};
  }
  return weights;
}

class GoldenChain : public testing::TestWithParam<std::string> {};

// From the file of steps to purity and efficiency with our own, exact angles: within a point of the published code.
TEST_P(GoldenChain, PurityAndEfficiencyWithinAPoint) {
  const std::string name = GetParam();
  const auto detector = detector::read_detector("bergen-dtc");
  FrameSource source({paths::golden() + "/" + name + "_steps.npz"}, detector, {.per_frame = 100000});
  event::Frame frame;
  std::int32_t file = -1;
  ASSERT_TRUE(source.next(frame, file));
  EXPECT_EQ(file, 0);

  const event::NpzFile expected(paths::golden() + "/" + name + "_expected.npz");
  for (const std::string weights : {"trained", "fresh"}) {
    const NetworkReconstruction chain(detector, network::SegmentScorer(golden_weights(weights)), {});
    ReconstructFrame::Workspace workspace;
    const FrameResult result = chain(frame, workspace);
    EXPECT_EQ(result.graph.size(), expected.values<std::int32_t>("segment_deep").size());
    const auto counts = track::evaluate_tracks(frame, result.tracks, detector.thresholds);
    EXPECT_NEAR(counts.published_purity(), expected.values<double>(weights + "_eval_purity")[0], 0.01) << weights;
    EXPECT_NEAR(counts.published_efficiency(), expected.values<double>(weights + "_eval_efficiency")[0], 0.01)
        << weights;
  }
  EXPECT_FALSE(source.next(frame, file));
}

INSTANTIATE_TEST_SUITE_P(Frames, GoldenChain, testing::ValuesIn(problems::golden_names()),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace difftrack::reconstruct
