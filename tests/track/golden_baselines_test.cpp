// SPDX-License-Identifier: Apache-2.0
/// Methods without a network on the golden frames of the Bergen DTC (one frame each, so only coarse bounds).
#include <gtest/gtest.h>

#include <string>

#include "difftrack/detector/description.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/metrics.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"
#include "tests/problems/golden.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::track {
namespace {

class GoldenBaselines : public testing::TestWithParam<std::string> {
 protected:
  FrameCounts count(const event::Tracks& chains) const {
    return evaluate_tracks(golden_.frame, filter_tracks(golden_.frame, chains, {}), {});
  }
  FrameCounts count(const SegmentAssignment& result) const {
    return count(build_tracks(golden_.frame, golden_.graph, result.assigned, result.scores));
  }

  problems::GoldenFrame golden_ = problems::golden_frame(paths::golden(), GetParam());
};

TEST_P(GoldenBaselines, FindMostTracks) {
  const FrameCounts physics =
      count(PhysicsAssignment(detector::read_detector("bergen-dtc"))(golden_.frame, golden_.graph));
  EXPECT_GT(physics.published_purity(), 0.82);
  EXPECT_GT(physics.published_efficiency(), 0.80);
  const FrameCounts follower = count(TrackFollower{}(golden_.frame));
  EXPECT_GT(follower.published_purity(), 0.88);
  EXPECT_GT(follower.published_efficiency(), 0.86);
}

TEST_P(GoldenBaselines, StraightnessStartsBestBehindTheTrackingLayers) {
  const FrameCounts best = count(assign_by_straightness(golden_.frame, golden_.graph));
  const FrameCounts layer_0 = count(assign_by_straightness(golden_.frame, golden_.graph, {.first_layer = 0}));
  const FrameCounts deep = count(assign_by_straightness(golden_.frame, golden_.graph, {.from = Side::Deep}));
  EXPECT_GT(best.published_purity(), layer_0.published_purity() + 0.1);
  EXPECT_GE(best.published_purity(), deep.published_purity());
  EXPECT_GE(best.published_efficiency(), deep.published_efficiency());
}

INSTANTIATE_TEST_SUITE_P(Frames, GoldenBaselines, testing::ValuesIn(problems::golden_names()),
                         [](const auto& frame) { return frame.param; });

}  // namespace
}  // namespace difftrack::track
