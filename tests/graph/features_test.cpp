// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/features.hpp"

#include <gtest/gtest.h>

#include "difftrack/graph/build_hit_graph.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::graph {
namespace {

// A beam spot elsewhere on the detector is the same to a network.
TEST(Features, PositionsCountFromTheBeamSpot) {
  event::Frame frame = problems::beam_frame(3, 20);
  const HitGraph graph = build_hit_graph(frame);
  ASSERT_GT(graph.size(), 100U);
  const auto segments = segment_features(frame, graph), hits = hit_features(frame);
  EXPECT_EQ(segments[2], frame.hits.x[static_cast<std::size_t>(graph.deep[0])]);
  event::Frame moved = frame;
  moved.has_spot = true, moved.spot_x = 64.0F, moved.spot_y = -32.0F;
  for (float& x : moved.hits.x) x += 64.0F;
  for (float& y : moved.hits.y) y -= 32.0F;
  const auto moved_segments = segment_features(moved, graph), moved_hits = hit_features(moved);
  for (std::size_t i = 0; i < segments.size(); ++i) EXPECT_NEAR(moved_segments[i], segments[i], 2e-5);
  for (std::size_t i = 0; i < hits.size(); ++i) EXPECT_NEAR(moved_hits[i], hits[i], 2e-8);
}

}  // namespace
}  // namespace difftrack::graph
