// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/build_tracks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "difftrack/core/error.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/match_truth.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

using problems::made_frame;
using problems::straight_tracks;

TEST(BuildTracks, ChainsGoFromShallowToDeep) {
  const auto frame = made_frame(straight_tracks({0.0F, 2.0F}, 6));
  const auto graph = graph::build_hit_graph(frame);
  const auto assigned = problems::truth_assignment(frame, graph);
  std::vector<float> scores(graph.size(), 0.5F);
  scores[static_cast<std::size_t>(std::find(assigned.begin(), assigned.end(), 1) - assigned.begin())] = 1.0F;
  const auto tracks = build_tracks(frame, graph, assigned, scores);
  ASSERT_EQ(tracks.size(), 2U);
  for (std::size_t t = 0; t < 2; ++t) {
    ASSERT_EQ(tracks.hits[t].size(), 6U);
    for (std::size_t i = 0; i < 6; ++i) {
      const auto hit = static_cast<std::size_t>(tracks.hits[t][i]);
      EXPECT_EQ(frame.hits.layer[hit], static_cast<std::int32_t>(i));
      EXPECT_EQ(frame.hits.event[hit], frame.hits.event[static_cast<std::size_t>(tracks.hits[t][0])]);
    }
  }
  EXPECT_FLOAT_EQ(std::max(tracks.score[0], tracks.score[1]), 0.6F);
  EXPECT_FLOAT_EQ(std::min(tracks.score[0], tracks.score[1]), 0.5F);
}

TEST(BuildTracks, AGapSplitsAChain) {
  const auto frame = made_frame(straight_tracks({0.0F}, 8));
  const auto graph = graph::build_hit_graph(frame);
  std::vector<std::uint8_t> assigned(graph.size(), 1);
  assigned[2] = 0;  // the third segment from the deep end
  const auto tracks = build_tracks(frame, graph, assigned);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks.hits[0].size(), 5U);
  EXPECT_EQ(tracks.hits[1].size(), 3U);
}

TEST(BuildTracks, RefusesWhatIsNotAMatching) {
  const auto frame = made_frame(straight_tracks({0.0F, 1.0F}, 2));
  const auto graph = graph::build_hit_graph(frame);
  ASSERT_EQ(graph.size(), 4U);
  EXPECT_THROW(build_tracks(frame, graph, std::vector<std::uint8_t>{1, 1, 0, 0}), core::InputError);
  EXPECT_THROW(build_tracks(frame, graph, std::vector<std::uint8_t>{1, 0, 1, 0}), core::InputError);
  EXPECT_THROW(build_tracks(frame, graph, std::vector<std::uint8_t>{1}), core::InputError);
}

TEST(FilterTracks, AsksForMoreThanFourHitsAndABraggPeak) {
  auto made = straight_tracks({0.0F, 20.0F, 40.0F}, 5);
  made.pop_back();  // the third track has four hits
  for (auto& hit : made)
    if (hit.layer == 4 && hit.event == 1) hit.edep = 0.0625F;  // not above the threshold
  const auto frame = made_frame(made);
  const auto graph = graph::build_hit_graph(frame);
  const auto chains = build_tracks(frame, graph, problems::truth_assignment(frame, graph));
  ASSERT_EQ(chains.size(), 3U);
  const auto tracks = filter_tracks(frame, chains, {});
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(frame.hits.event[static_cast<std::size_t>(tracks.hits[0][0])], 0);
  EXPECT_TRUE(tracks.why_none.empty());
  EXPECT_EQ(tracks.cuts.chains, 3);
  EXPECT_EQ(tracks.cuts.hits, 14);
  EXPECT_EQ(tracks.cuts.too_short, 1);
  EXPECT_EQ(tracks.cuts.too_short_hits, 4);
  EXPECT_EQ(tracks.cuts.faint_end, 1);
}

TEST(WithoutDoubtful, KeepsTheSureOnesAndCountsTheOthers) {
  const auto frame = made_frame(straight_tracks({0.0F, 20.0F, 40.0F}, 5));
  const auto graph = graph::build_hit_graph(frame);
  event::Tracks tracks = filter_tracks(frame, build_tracks(frame, graph, problems::truth_assignment(frame, graph)), {});
  ASSERT_EQ(tracks.size(), 3U);
  EXPECT_EQ(without_doubtful(tracks, 0.9).size(), 3U) << "a method that does not tell";
  tracks.confidence = {0.2F, 0.9F, 0.5F};
  const event::Tracks sure = without_doubtful(tracks, 0.5);
  ASSERT_EQ(sure.size(), 2U);
  EXPECT_EQ(sure.confidence, (std::vector<float>{0.9F, 0.5F}));
  EXPECT_EQ(sure.hits[0][0], tracks.hits[1][0]);
  EXPECT_EQ(sure.cuts.doubtful, 1);
  EXPECT_EQ(sure.cuts.chains, 3);
  EXPECT_TRUE(sure.why_none.empty());
  const event::Tracks none = without_doubtful(tracks, 0.95);
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.why_none, "none of the 3 tracks has a confidence of 0.95");
}

TEST(FilterTracks, ALastHitCutOfZeroIsNone) {
  auto made = straight_tracks({0.0F}, 5);
  made.back().edep = 0.0F;  // a detector without energies
  const auto frame = made_frame(made);
  const auto graph = graph::build_hit_graph(frame);
  const auto chains = build_tracks(frame, graph, problems::truth_assignment(frame, graph));
  detector::Thresholds none;
  none.last_hit_edep = 0.0;
  EXPECT_EQ(filter_tracks(frame, chains, none).size(), 1U);
  EXPECT_EQ(filter_tracks(frame, chains, {}).size(), 0U);
  EXPECT_TRUE(primaries(frame, none).at(0).reconstructable);
}

TEST(CutWarnings, NameTheKeyOfACutThatTakesMoreThanHalf) {
  const auto warnings = [](std::int64_t chains, std::int64_t too_short, std::int64_t short_hits, std::int64_t faint) {
    return cut_warnings({chains, 1000, too_short, short_hits, faint}, {});
  };
  EXPECT_THAT(warnings(100, 54, 380, 15), testing::IsEmpty());
  EXPECT_THAT(warnings(100, 90, 400, 0), testing::IsEmpty());  // many, but with few of the hits
  EXPECT_THAT(warnings(100, 10, 20, 60), testing::ElementsAre(testing::HasSubstr("67 % of the chains that are long "
                                                                                 "enough (60 of 90)")));
  EXPECT_THAT(warnings(100, 90, 600, 0), testing::ElementsAre(testing::HasSubstr("60 % of the hits")));
  EXPECT_THAT(warnings(100, 60, 900, 35), testing::SizeIs(2));
  EXPECT_THAT(warnings(19, 0, 0, 19), testing::IsEmpty());  // too few to tell
}

TEST(FilterTracks, SaysWhyThereIsNoTrack) {
  const auto why = [](const event::Frame& frame, std::vector<std::uint8_t> assigned, const graph::HitGraph& graph) {
    return filter_tracks(frame, build_tracks(frame, graph, assigned), {}).why_none;
  };
  event::Frame empty;
  empty.why_empty = "every cluster is smaller than 2 pixels";
  EXPECT_EQ(why(empty, {}, graph::build_hit_graph(empty)), "every cluster is smaller than 2 pixels");
  const auto one_layer = made_frame(straight_tracks({0.0F}, 1));
  EXPECT_THAT(why(one_layer, {}, graph::build_hit_graph(one_layer)), testing::HasSubstr("one layer"));
  const auto steep = made_frame({{0, 0.0F, 0.0F, 0}, {1, 100.0F, 0.0F, 0}});
  EXPECT_THAT(why(steep, {}, graph::build_hit_graph(steep)), testing::HasSubstr("angular filter"));
  const auto two = made_frame(straight_tracks({0.0F}, 2));
  const auto graph_of_two = graph::build_hit_graph(two);
  EXPECT_THAT(why(two, {0}, graph_of_two), testing::HasSubstr("no segment was assigned"));
  EXPECT_THAT(why(two, {1}, graph_of_two), testing::HasSubstr("shorter than 5 hits (the longest has 2)"));
  auto faint = straight_tracks({0.0F}, 6);
  for (auto& hit : faint) hit.edep = 0.01F;
  const auto faint_frame = made_frame(faint);
  EXPECT_THAT(why(faint_frame, std::vector<std::uint8_t>(5, 1), graph::build_hit_graph(faint_frame)),
              testing::HasSubstr("MeV"));
}

}  // namespace
}  // namespace difftrack::track
