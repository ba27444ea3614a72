// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "difftrack/core/error.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/match_truth.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

using problems::made_frame;
using problems::straight_tracks;

/// Five layers, hits named by (event, layer); tracks are lists of those names.
struct Bench {
  event::Frame frame;
  event::Tracks tracks;

  explicit Bench(const std::vector<problems::MadeHit>& made) : frame(made_frame(made)) {}
  void track(const std::vector<std::pair<std::int32_t, std::int32_t>>& names) {
    std::vector<std::int32_t> hits;
    for (const auto& [event, layer] : names)
      for (std::size_t h = 0; h < frame.hits.size(); ++h)
        if (frame.hits.event[h] == event && frame.hits.layer[h] == layer) hits.push_back(static_cast<std::int32_t>(h));
    tracks.hits.push_back(hits);
    tracks.score.push_back(1.0F);
  }
};

TEST(EvaluateTracks, CountsByThePublishedAndTheStrictDefinitions) {
  // Events 0 … 4 with ten hits each; event 3 leaves a secondary in its last layer, event 4 is not found.
  auto made = straight_tracks({0, 10, 20, 30, 40}, 10);
  made[39].primary = false;
  Bench bench(made);
  bench.track({{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 9}});  // right
  bench.track({{1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}});                                          // two fragments of
  bench.track({{1, 5}, {1, 6}, {1, 7}, {1, 8}, {1, 9}});                                          // one event
  bench.track({{2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 4}, {2, 5}, {2, 6}, {2, 7}, {2, 8}, {4, 9}});  // one hit of another
  bench.track({{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 5}, {3, 6}, {3, 7}, {3, 8}, {3, 9}});  // ends in a secondary
  const auto counts = evaluate_tracks(bench.frame, bench.tracks, {});
  EXPECT_EQ(counts.primary_tracks, 4);  // all but the last
  EXPECT_EQ(counts.right_tracks, 3);    // the fragments count
  EXPECT_EQ(counts.primary_events, 4);  // all but event 3
  EXPECT_EQ(counts.tracks, 5);
  EXPECT_EQ(counts.one_particle, 3);
  EXPECT_EQ(counts.reconstructable, 5);
  EXPECT_EQ(counts.found, 1);  // event 0: fragments are incomplete
  EXPECT_EQ(counts.complete, 1);
  EXPECT_DOUBLE_EQ(counts.published_purity(), 0.75);
  EXPECT_DOUBLE_EQ(counts.published_efficiency(), 0.75);
}

TEST(EvaluateTracks, FindsAPrimaryOnceWithNineTenthsOfItsHits) {
  Bench bench(straight_tracks({0}, 10));
  bench.track({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 9}});
  bench.track({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 9}});
  EXPECT_EQ(evaluate_tracks(bench.frame, bench.tracks, {}).found, 1);
  Bench less(straight_tracks({0}, 10));
  less.track({{0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 9}});
  EXPECT_EQ(evaluate_tracks(less.frame, less.tracks, {}).found, 0);
}

TEST(EvaluateTracks, CompleteCannotBeRaisedByFragmentsOrSecondTracks) {
  const auto complete = [](const std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>>& tracks) {
    Bench bench(straight_tracks({0, 10}, 12));
    for (const auto& track : tracks) bench.track(track);
    return evaluate_tracks(bench.frame, bench.tracks, {}).complete;
  };
  const auto piece = [](std::int32_t event, std::int32_t first, std::int32_t last) {
    std::vector<std::pair<std::int32_t, std::int32_t>> names;
    for (std::int32_t layer = first; layer <= last; ++layer) names.emplace_back(event, layer);
    return names;
  };
  EXPECT_EQ(complete({piece(0, 0, 11), piece(1, 0, 11)}), 2);
  EXPECT_EQ(complete({piece(0, 1, 11), piece(1, 0, 9)}), 1);   // 11 of 12 are 90 %, 10 are not
  EXPECT_EQ(complete({piece(0, 0, 5), piece(0, 6, 11)}), 0);   // published: two right tracks
  EXPECT_EQ(complete({piece(0, 0, 11), piece(0, 0, 11)}), 0);  // found twice
  auto mixed = piece(0, 0, 10);
  mixed.emplace_back(1, 11);
  EXPECT_EQ(complete({mixed, piece(1, 0, 10)}), 0);  // the other's last hit: neither is pure and single
}

TEST(EvaluateTracks, SegmentCountsIncludeWhatTheFilterLost) {
  auto made = straight_tracks({0, 1}, 3);
  made[2].x = 50.0F;  // event 0 kinks out of the filter between layers 1 and 2
  const auto frame = made_frame(made);
  const auto graph = graph::build_hit_graph(frame);
  ASSERT_EQ(graph.size(), 6U);  // 4 between layers 0 and 1; event 1 and a false one between 1 and 2
  std::vector<std::uint8_t> assigned = graph::segment_labels(frame, graph);
  const auto counts = evaluate_tracks(frame, build_tracks(frame, graph, assigned), {}, &graph, assigned);
  EXPECT_EQ(counts.true_segments, 4);
  EXPECT_EQ(counts.true_kept, 3);
  EXPECT_EQ(counts.true_assigned, 3);
  EXPECT_EQ(counts.false_kept, 3);
  EXPECT_EQ(counts.false_assigned, 0);
  const auto metrics = summarise(std::vector<FrameCounts>{counts});
  EXPECT_DOUBLE_EQ(metrics.segment_tpr.value, 1.0);
  EXPECT_DOUBLE_EQ(metrics.segment_tpr_in_all.value, 0.75);
  EXPECT_DOUBLE_EQ(metrics.segment_filter_kept.value, 0.75);
  EXPECT_DOUBLE_EQ(metrics.segment_fpr.value, 0.0);
}

TEST(Primaries, MustPassTheTrackFilterThemselves) {
  auto made = straight_tracks({0, 10, 20}, 5);
  made[4].edep = 0.01F;                                            // event 0 ends without a Bragg peak
  for (std::size_t i = 10; i < 15; ++i) made[i].primary = i > 10;  // event 2 has four hits of its primary
  const auto truth = primaries(made_frame(made), {});
  ASSERT_EQ(truth.size(), 3U);
  EXPECT_FALSE(truth[0].reconstructable);
  EXPECT_TRUE(truth[1].reconstructable);
  EXPECT_FALSE(truth[2].reconstructable);
  EXPECT_TRUE(truth[1].all_primary());
  EXPECT_FALSE(truth[2].all_primary());
}

TEST(MatchTruth, NamesTheMostFrequentLabelAndIgnoresNoise) {
  auto made = straight_tracks({0, 10}, 5);
  made.push_back({0, 30.0F, 0.0F, -1, false});
  Bench bench(made);
  bench.track({{-1, 0}, {1, 1}, {1, 2}, {0, 3}, {0, 4}});
  const auto truth = match_truth(bench.frame, bench.tracks);
  EXPECT_EQ(truth[0].label, 0);
  EXPECT_EQ(truth[0].n_label, 2);
  EXPECT_FALSE(truth[0].all_primary);
  EXPECT_DOUBLE_EQ(truth[0].completeness, 0.4);
  EXPECT_EQ(primaries(bench.frame, {}).size(), 2U);
}

using Track = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// Layers [first, last] of an event, a cluster in `shared` taken by the name that it has, that of event `named`.
Track through(std::int32_t event, std::int32_t first, std::int32_t last, std::int32_t named = -1,
              std::int32_t shared = -1) {
  Track names;
  for (std::int32_t layer = first; layer <= last; ++layer) names.emplace_back(layer == shared ? named : event, layer);
  return names;
}

/// Protons 0, 1 and 2 with ten layers each; in layer 5 the clusters of 0 and 1 are one, named after 0.
std::vector<problems::MadeHit> with_a_shared_cluster(std::int32_t second_event) {
  auto made = straight_tracks({0, 10, 20}, 10);
  made[5].second_event = second_event;
  made.erase(made.begin() + 15);
  return made;
}

TEST(EvaluateTracks, ASharedClusterIsRightForEitherAndAskedForOfOne) {
  const Track first = through(0, 0, 9), second = through(1, 0, 9, 0, 5), third = through(2, 0, 9);
  Track first_without = first, second_without = second, third_in_it = through(2, 0, 9, 0, 5);
  first_without.erase(first_without.begin() + 5), second_without.erase(second_without.begin() + 5);
  struct Case {
    const char* what;
    std::int32_t second_event;  // of the shared cluster
    std::vector<Track> tracks;
    std::int64_t one_particle, found, complete;
  };
  const std::vector<Case> cases = {
      {"the first has it", 1, {first, second_without, third}, 3, 3, 3},
      {"the second has it: nine of ten are left to the first", 1, {first_without, second, third}, 3, 3, 3},
      {"both have it", 1, {first, second, third}, 3, 3, 3},
      {"none has it", 1, {first_without, second_without, third}, 3, 3, 3},
      {"a third that is not in it has it", 1, {first_without, second_without, third_in_it}, 2, 2, 1},
      {"the second has it and the file does not tell", -1, {first_without, second, third}, 2, 2, 1},
      {"three are in it and the label tells two", 2, {first_without, second, third}, 2, 2, 1},
  };
  for (const Case& c : cases) {
    Bench bench(with_a_shared_cluster(c.second_event));
    for (const Track& names : c.tracks) bench.track(names);
    const auto counts = evaluate_tracks(bench.frame, bench.tracks, {});
    EXPECT_EQ(counts.tracks, 3) << c.what;
    EXPECT_EQ(counts.reconstructable, 3) << c.what;  // a proton each, however the cluster is named
    EXPECT_EQ(counts.one_particle, c.one_particle) << c.what;
    EXPECT_EQ(counts.found, c.found) << c.what;
    EXPECT_EQ(counts.complete, c.complete) << c.what;
    EXPECT_EQ(counts.primary_events, 3) << c.what;
    EXPECT_EQ(counts.primary_tracks, 3) << c.what;
    const auto other_name = c.tracks[1] == second || c.tracks[2] == third_in_it;
    EXPECT_EQ(counts.right_tracks, other_name ? 2 : 3) << c.what;  // published: as without the label
  }
}

TEST(EvaluateTracks, SharedClustersNeitherFillATrackNorFindTwice) {
  // Proton 1 has eight hits of its own and is in two clusters of proton 0.
  auto made = straight_tracks({0, 10}, 10);
  made[4].second_event = made[5].second_event = 1;
  made.erase(made.begin() + 14, made.begin() + 16);
  Track track = through(1, 1, 9);  // seven of its own eight, and both shared ones
  track[3].first = track[4].first = 0;
  Bench bench(made);
  bench.track(track);
  const auto truth = match_truth(bench.frame, bench.tracks).at(0);
  EXPECT_TRUE(truth.one_particle());
  EXPECT_EQ(truth.n_particle, 7);
  EXPECT_EQ(truth.n_shared, 2);
  EXPECT_DOUBLE_EQ(truth.completeness, 7.0 / 8.0);
  EXPECT_EQ(evaluate_tracks(bench.frame, bench.tracks, {}).found, 0);
  EXPECT_EQ(primaries(bench.frame, {}).at(1).n_particle, 8);

  // A track of nothing but what two share is one of the first, and finds that one at most.
  auto all = straight_tracks({0}, 10);
  for (auto& hit : all) hit.second_event = 1;
  Bench twins(all);
  twins.track(through(0, 0, 9));
  const auto counts = evaluate_tracks(twins.frame, twins.tracks, {});
  EXPECT_EQ(counts.reconstructable, 1);
  EXPECT_EQ(counts.found, 1);
  EXPECT_EQ(match_truth(twins.frame, twins.tracks).at(0).primary, 0);
}

TEST(MatchTruth, ATrackIsOfThePrimaryThatAllItsHitsAreOf) {
  // Most of the clusters on its way are named after proton 0, and one after its own electron: of proton 1 all the same.
  auto made = straight_tracks({0, 10}, 5);
  for (std::size_t i = 0; i < 3; ++i) made[i].second_event = 1;
  made[8].primary = false, made[8].second_event = 1;
  made.erase(made.begin() + 5, made.begin() + 8);
  Bench bench(made);
  bench.track({{0, 0}, {0, 1}, {0, 2}, {1, 3}, {1, 4}});
  const auto truth = match_truth(bench.frame, bench.tracks).at(0);
  EXPECT_EQ(truth.label, 0);
  EXPECT_FALSE(truth.one_label());
  EXPECT_FALSE(truth.all_primary);
  EXPECT_EQ(truth.primary, 1);
  EXPECT_TRUE(truth.one_particle());
  EXPECT_EQ(truth.n_particle, 1);
  EXPECT_EQ(truth.n_shared, 4);
  EXPECT_DOUBLE_EQ(truth.completeness, 1.0);
}

TEST(EvaluateTracks, NoSecondEventAnywhereCountsAsNoColumn) {
  auto made = straight_tracks({0, 10, 20, 30}, 10);
  made[9].primary = made[25].primary = false;
  Bench bench(made);
  bench.track(through(0, 0, 9));
  bench.track(through(1, 0, 9, 2, 3));
  bench.track(through(2, 4, 9));
  bench.track(through(3, 1, 9));
  const auto without = evaluate_tracks(bench.frame, bench.tracks, {});
  const auto truth = match_truth(bench.frame, bench.tracks);
  bench.frame.hits.second_event.assign(bench.frame.hits.size(), -1);
  const auto with = evaluate_tracks(bench.frame, bench.tracks, {});
  EXPECT_EQ(std::memcmp(&with, &without, sizeof with), 0);
  for (const TrackTruth& each : truth) EXPECT_EQ(each.primary, each.label);
}

TEST(EvaluateTracks, NeedsTruth) {
  Bench bench(straight_tracks({0}, 3));
  bench.frame.hits.event.clear();
  EXPECT_THROW(evaluate_tracks(bench.frame, bench.tracks, {}), core::InputError);
}

TEST(Summarise, AveragesOverFramesAndPoolsCounts) {
  FrameCounts a, b;
  a.primary_tracks = 10, a.right_tracks = 10, a.primary_events = 20, a.tracks = 10, a.one_particle = 10;
  b.primary_tracks = 2, b.right_tracks = 1, b.primary_events = 2, b.tracks = 90, b.one_particle = 0;
  const auto metrics = summarise(std::vector<FrameCounts>{a, b, FrameCounts{}});
  EXPECT_EQ(metrics.frames, 3);
  EXPECT_DOUBLE_EQ(metrics.published_purity.value, 0.75);
  EXPECT_DOUBLE_EQ(metrics.published_efficiency.value, 0.5);
  EXPECT_DOUBLE_EQ(metrics.strict_purity.value, 0.1);
  EXPECT_TRUE(std::isnan(metrics.strict_efficiency.value));
}

TEST(Summarise, AShareAboveOneHasNoInterval) {
  FrameCounts a, b;
  a.right_tracks = 3, a.primary_tracks = 3, a.primary_events = 2;
  b.right_tracks = 4, b.primary_tracks = 4, b.primary_events = 4;
  const auto above = summarise(std::vector<FrameCounts>{a, b});
  EXPECT_DOUBLE_EQ(above.published_efficiency.value, 1.25);
  EXPECT_TRUE(std::isnan(above.published_efficiency.low) && std::isnan(above.published_efficiency.high));
  EXPECT_FALSE(std::isnan(above.published_purity.low));
  b.right_tracks = 2;
  const auto one = summarise(std::vector<FrameCounts>{a, b});  // 1.5 and 0.5
  EXPECT_LT(one.published_efficiency.low, one.published_efficiency.value);
}

}  // namespace
}  // namespace difftrack::track
