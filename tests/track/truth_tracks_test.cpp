// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/truth_tracks.hpp"

#include <gtest/gtest.h>

#include "difftrack/core/error.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

TEST(TruthTracks, FollowEachPrimaryFromTheFirstPlaneToItsFirstGap) {
  std::vector<problems::MadeHit> hits;
  for (std::int32_t layer = 0; layer < 4; ++layer) hits.push_back({layer, 0.0F, 0.0F, 0});
  for (std::int32_t layer = 0; layer < 4; ++layer)
    if (layer != 2) hits.push_back({layer, 5.0F, 0.0F, 1});
  for (std::int32_t layer = 1; layer < 4; ++layer) hits.push_back({layer, 9.0F, 0.0F, 2});
  hits.push_back({3, 0.1F, 0.1F, 0, false});  // a secondary of the first one
  const auto frame = problems::made_frame(hits);
  const auto tracks = truth_tracks(frame);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks.hits[0].size(), 4U);
  EXPECT_EQ(tracks.hits[1].size(), 2U);
  for (std::size_t t = 0; t < 2; ++t)
    for (const std::int32_t h : tracks.hits[t]) {
      EXPECT_EQ(frame.hits.event[static_cast<std::size_t>(h)], static_cast<std::int64_t>(t));
      EXPECT_EQ(frame.hits.primary[static_cast<std::size_t>(h)], 1);
    }
}

TEST(TruthTracks, NeedTruth) {
  auto frame = problems::made_frame({{0, 0.0F, 0.0F, 0}});
  frame.hits.primary.clear();
  EXPECT_THROW(truth_tracks(frame), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
