// SPDX-License-Identifier: Apache-2.0
/// The methods without a network on frames with known answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "difftrack/assign/certificate.hpp"
#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/matter/medium.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/metrics.hpp"
#include "difftrack/track/oracle.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

/// A stack of `n` layers 10 mm apart: 2 mm of aluminium, or more, behind each sensitive plane.
detector::Detector stack(std::int32_t n, double absorber = 2.0) {
  detector::Detector d;
  d.materials = {{"aluminium", 2.7, {"Al"}, {1.0}, 0.0}, {"silicon", 2.33, {"Si"}, {1.0}, 0.0}};
  for (std::int32_t layer = 0; layer < n; ++layer)
    d.layers.push_back({{{1, 0.02, true}, {0, absorber, false}}, 10.0 * layer});
  d.source_z = -500.0;
  return d;
}

/// Tracks of 20 layers with small random kinks from a spot of 4 mm.
std::vector<problems::MadeHit> scattered_tracks(std::uint64_t seed, int n, double kink) {
  core::RandomStream random(seed, 0);
  std::vector<problems::MadeHit> hits;
  for (std::int32_t t = 0; t < n; ++t) {
    double x = 4.0 * random.normal(), y = 4.0 * random.normal(), tx = 0.01 * random.normal(),
           ty = 0.01 * random.normal();
    for (std::int32_t layer = 0; layer < 20; ++layer) {
      hits.push_back({layer, static_cast<float>(x), static_cast<float>(y), t});
      tx += kink * random.normal(), ty += kink * random.normal();
      x += 10.0 * tx, y += 10.0 * ty;
    }
  }
  return hits;
}

TEST(Oracle, FreeTakesExactlyTheTrueSegmentsAndForcedWhatCardinalityAdds) {
  // Track 0 ends in layer 2, track 1 begins in layer 3 close by: a lone pair that only cardinality joins.
  std::vector<problems::MadeHit> hits;
  for (std::int32_t layer = 0; layer < 3; ++layer) hits.push_back({layer, 0.0F, 0.0F, 0});
  for (std::int32_t layer = 3; layer < 6; ++layer) hits.push_back({layer, 0.5F, 0.0F, 1});
  auto frame = problems::made_frame(hits);
  const auto graph = graph::build_hit_graph(frame);
  const auto labels = graph::segment_labels(frame, graph);
  const auto free = assign_by_truth(frame, graph, {.mode = assign::AssignMode::Free});
  EXPECT_EQ(free.assigned, labels);
  EXPECT_TRUE(std::equal(labels.begin(), labels.end(), free.scores.begin(), free.scores.end()));
  const auto forced = assign_by_truth(frame, graph, {.mode = assign::AssignMode::Forced});
  EXPECT_EQ(std::count(forced.assigned.begin(), forced.assigned.end(), 1),
            std::count(labels.begin(), labels.end(), 1) + 1);
  frame.hits.event.clear();
  EXPECT_THROW(assign_by_truth(frame, graph, {}), core::InputError);
  EXPECT_TRUE(assign_by_truth(event::Frame{}, graph::HitGraph{}, {}).assigned.empty());
}

TEST(Straightness, FindsStraightTracksFromBothSides) {
  const auto frame = problems::made_frame(scattered_tracks(1, 30, 1e-3));
  const auto graph = graph::build_hit_graph(frame);
  for (const Side from : {Side::Front, Side::Deep}) {
    const auto result = assign_by_straightness(frame, graph, {.from = from});
    int wrong = 0;
    for (std::size_t s = 0; s < graph.size(); ++s)
      wrong += result.assigned[s] != graph::segment_labels(frame, graph)[s];
    EXPECT_LE(wrong, 4) << core::name_of(from);
  }
}

TEST(Straightness, FollowsTheKinkNotTheAxis) {
  // Two tracks at 0.1 rad to the axis cross between layers 2 and 3: along the axis they would be swapped.
  std::vector<problems::MadeHit> hits;
  for (std::int32_t layer = 0; layer < 6; ++layer) {
    hits.push_back({layer, static_cast<float>(layer) - 2.4F, 0.0F, 0});
    hits.push_back({layer, 2.4F - static_cast<float>(layer), 0.0F, 1});
  }
  const auto frame = problems::made_frame(hits);
  const auto graph = graph::build_hit_graph(frame);
  EXPECT_EQ(assign_by_straightness(frame, graph).assigned, graph::segment_labels(frame, graph));
}

TEST(Straightness, StartsBehindTheTrackingLayers) {
  auto frame = problems::made_frame(problems::straight_tracks({0.0F}, 6));
  EXPECT_EQ(first_dense_layer(frame), 0);
  for (std::size_t h = 0; h < frame.hits.size(); ++h)
    if (frame.hits.layer[h] < 2) frame.hits.z[h] -= 60.0F * static_cast<float>(2 - frame.hits.layer[h]);
  EXPECT_EQ(first_dense_layer(frame), 2);
  EXPECT_EQ(first_dense_layer(event::Frame{}), 0);
}

TEST(SweepOrder, GoesDownstreamFirstAndThenUpstream) {
  const auto layers = [](std::int32_t n, std::int32_t first) {
    std::vector<std::int32_t> order;
    for (const SweepStep step : sweep_order(n, first)) order.push_back(step.downstream ? step.layer : -1 - step.layer);
    return order;
  };
  EXPECT_EQ(layers(5, 0), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(layers(5, 2), (std::vector<std::int32_t>{2, 3, -2, -1}));
  EXPECT_EQ(layers(5, 9), (std::vector<std::int32_t>{3, -3, -2, -1}));
  EXPECT_TRUE(layers(1, 0).empty());
  EXPECT_TRUE(layers(0, 2).empty());
}

TEST(TrackFollower, FindsScatteredTracks) {
  const auto frame = problems::made_frame(scattered_tracks(2, 30, 3e-3));
  const auto tracks = TrackFollower{}(frame);
  const auto counts = evaluate_tracks(frame, tracks, {});
  EXPECT_GE(counts.found, 28);
  EXPECT_LE(counts.tracks, 31);
}

TEST(TrackFollower, SkipsOneLayerOnlyAtTheSeed) {
  auto hits = problems::straight_tracks({0.0F, 50.0F}, 8);
  hits.erase(hits.begin() + 6);  // layer 6 of the first track: its seed in layer 7 must skip it
  const auto frame = problems::made_frame(hits);
  const auto tracks = TrackFollower{}(frame);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_EQ(tracks.hits[0].size() + tracks.hits[1].size(), 15U);
  auto broken = problems::straight_tracks({0.0F, 50.0F}, 8);
  broken.erase(broken.begin() + 4);  // layer 4: the upper part cannot go on
  const auto split = TrackFollower{}(problems::made_frame(broken));
  ASSERT_EQ(split.size(), 2U);
  EXPECT_EQ(split.hits[0].size() + split.hits[1].size(), 12U);  // 8 and the 4 in front of the gap
}

TEST(TrackFollower, DropsWhatDoesNotReachTheFrontAndSaysWhy) {
  std::vector<problems::MadeHit> hits = problems::straight_tracks({0.0F}, 8);
  hits[2].x = 30.0F;  // layers 0 … 1 can only be reached over an impossible kink
  const auto tracks = TrackFollower{}(problems::made_frame({hits.begin() + 2, hits.end()}));
  EXPECT_EQ(tracks.size(), 0U);
  EXPECT_THAT(TrackFollower{}(event::Frame{}).why_none, testing::HasSubstr("no hits"));
}

TEST(TrackFollower, TreeIsBounded) {
  const auto frame = problems::made_frame(scattered_tracks(3, 60, 1e-2));
  const auto narrow = TrackFollower({.max_leaves = 4})(frame);
  EXPECT_GT(narrow.size(), 0U);
}

TEST(PhysicsAssignment, FindsScatteredTracksAndLetsNoiseBe) {
  auto hits = scattered_tracks(4, 30, 5e-3);
  core::RandomStream random(5, 0);
  for (std::int32_t layer = 0; layer < 20; ++layer)
    for (int i = 0; i < 4; ++i)
      hits.push_back({layer, static_cast<float>(30 * (random.uniform() - 0.5)),
                      static_cast<float>(30 * (random.uniform() - 0.5)), -1, false});
  const auto frame = problems::made_frame(hits);
  const auto graph = graph::build_hit_graph(frame);
  const auto labels = graph::segment_labels(frame, graph);
  const PhysicsAssignment physics(stack(20), {.residual_range = 120.0});
  const auto result = physics(frame, graph);
  int missed = 0, false_ones = 0;
  for (std::size_t s = 0; s < graph.size(); ++s) {
    missed += labels[s] && !result.assigned[s];
    false_ones += !labels[s] && result.assigned[s];
    EXPECT_GE(result.scores[s], 0.0F);
    EXPECT_LE(result.scores[s], 1.0F);
  }
  EXPECT_LE(missed, 12);  // of 570
  EXPECT_LE(false_ones, 25);
  const auto straight = assign_by_straightness(frame, graph);  // which must assign as many as it can
  int straight_false = 0;
  for (std::size_t s = 0; s < graph.size(); ++s) straight_false += !labels[s] && straight.assigned[s];
  EXPECT_GT(straight_false, 2 * false_ones);
}

// A hit alone in its layer does not make births there likely.
TEST(PhysicsAssignment, FollowsASingleProton) {
  for (const int n : {1, 2})
    for (const double kink : {1e-3, 5e-3}) {
      const auto frame = problems::made_frame(scattered_tracks(9, n, kink));
      const auto graph = graph::build_hit_graph(frame);
      const auto labels = graph::segment_labels(frame, graph);
      EXPECT_EQ(PhysicsAssignment(stack(20), {.residual_range = 120.0})(frame, graph).assigned, labels)
          << n << ' ' << kink;
    }
}

TEST(PhysicsAssignment, AddsLogOddsOfANetwork) {
  const auto frame = problems::made_frame(scattered_tracks(4, 30, 5e-3));
  const auto graph = graph::build_hit_graph(frame);
  const auto labels = graph::segment_labels(frame, graph);
  const PhysicsAssignment physics(stack(20), {.residual_range = 120.0, .tail_share = 0.02});
  const auto alone = physics(frame, graph);
  std::vector<float> log_odds(graph.size(), 0.0F);
  EXPECT_EQ(physics(frame, graph, log_odds).assigned, alone.assigned);  // a network that knows nothing
  EXPECT_EQ(physics(frame, graph, log_odds).scores, alone.scores);

  for (std::size_t s = 0; s < graph.size(); ++s) log_odds[s] = labels[s] ? 30.0F : -30.0F;  // one that knows all
  const auto told = physics(frame, graph, log_odds);
  for (std::size_t s = 0; s < graph.size(); ++s) EXPECT_EQ(told.assigned[s], labels[s] ? 1 : 0);

  std::fill(log_odds.begin(), log_odds.end(), 0.0F);
  const auto chosen = static_cast<std::size_t>(
      std::find(alone.assigned.begin() + static_cast<std::ptrdiff_t>(graph.size() / 2), alone.assigned.end(), 1) -
      alone.assigned.begin());
  ASSERT_LT(chosen, graph.size());
  log_odds[chosen] = -30.0F;  // the order of segments is that of the scores
  const auto against = physics(frame, graph, log_odds);
  EXPECT_EQ(against.assigned[chosen], 0);
  EXPECT_LT(against.scores[chosen], 1e-6F);
}

TEST(PhysicsAssignment, HasHardlyATailWhereNoNetworkSpeaks) {
  const auto frame = problems::made_frame(scattered_tracks(4, 30, 5e-3));
  const auto graph = graph::build_hit_graph(frame);
  const std::vector<float> nothing(graph.size(), 0.0F);
  const auto scores = [&](std::optional<double> tail_share, std::span<const float> log_odds) {
    return PhysicsAssignment(stack(20), {.residual_range = 120.0, .tail_share = tail_share})(frame, graph, log_odds)
        .scores;
  };
  EXPECT_EQ(scores({}, {}), scores(0.001, {}));
  EXPECT_EQ(scores({}, nothing), scores(0.02, nothing));
  EXPECT_NE(scores(0.001, {}), scores(0.02, {}));
}

TEST(PhysicsAssignment, ReadsTheRangeFromWhereTracksEnd) {
  auto hits = scattered_tracks(6, 40, 5e-3);  // 20 layers of 2 mm aluminium: 4.2 mm of water each
  const PhysicsAssignment physics(stack(25));
  EXPECT_NEAR(physics.range_of_frame(problems::made_frame(hits)), 19.5 * 4.22, 2.0);
  EXPECT_EQ(physics.range_of_frame(event::Frame{}), 0.0);
}

// Planes 21 mm of water apart, the spread of ranges 4 mm: between two planes the range is known to the gap, near one to
// a part of the spread.
TEST(PhysicsAssignment, ReadsTheRangeFromHowManyTracksReachACoarsePlane) {
  const detector::Detector detector = stack(10, 10.0);
  const PhysicsAssignment physics(detector);
  const detector::LayerMatter matter = detector::layer_matter(detector);
  const double spread = PhysicsConfig{}.straggling() * matter::water().range(230.0);
  const auto estimate = [&](double range) {
    core::RandomStream random(8, 0);
    std::vector<problems::MadeHit> hits;
    for (std::int32_t track = 0; track < 200; ++track) {
      const double reaches = std::min(range + spread * random.normal(), -std::log(random.uniform()) / 0.001);
      for (std::int32_t layer = 0; layer < 10 && matter.plane_wet(layer) < reaches; ++layer)
        hits.push_back({layer, static_cast<float>(track), 0.0F, track});
    }
    return physics.range_of_frame(problems::made_frame(hits));
  };
  const double plane = matter.plane_wet(6);
  for (const double off : {-4.0, -2.0, 0.0, 2.0, 4.0}) EXPECT_NEAR(estimate(plane + off), plane + off, 1.5) << off;
  EXPECT_NEAR(estimate(plane + 10.0), plane + 10.0, 5.0);
}

TEST(PhysicsAssignment, RefusesAFrameOfAnotherDetector) {
  const auto frame = problems::made_frame(scattered_tracks(7, 3, 1e-3));
  EXPECT_THROW(PhysicsAssignment(stack(10))(frame, graph::build_hit_graph(frame)), core::InputError);
  EXPECT_THROW(PhysicsAssignment(stack(10), {.tail_share = 2.0}), core::InputError);
}

TEST(PhysicsAssignment, EmptyFrameGivesNothing) {
  const event::Frame empty;
  EXPECT_TRUE(PhysicsAssignment(stack(10))(empty, graph::build_hit_graph(empty)).assigned.empty());
}

}  // namespace
}  // namespace difftrack::track
