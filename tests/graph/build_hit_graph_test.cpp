// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/build_hit_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"
#include "tests/problems/golden.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::graph {
namespace {

void expect_same(const HitGraph& a, const HitGraph& b) {
  EXPECT_EQ(a.deep, b.deep);
  EXPECT_EQ(a.shallow, b.shallow);
  EXPECT_EQ(a.ux, b.ux);
  EXPECT_EQ(a.uy, b.uy);
  EXPECT_EQ(a.uz, b.uz);
  EXPECT_EQ(a.pair_begin, b.pair_begin);
  EXPECT_EQ(a.start_begin, b.start_begin);
  EXPECT_EQ(a.end_begin, b.end_begin);
  EXPECT_EQ(a.end_segment, b.end_segment);
}

/// The promises of the header, checked from `deep` and `shallow` alone.
void expect_consistent(const event::Frame& frame, const HitGraph& graph) {
  const auto n_hits = frame.hits.size();
  ASSERT_EQ(graph.start_begin.size(), n_hits + 1);
  ASSERT_EQ(graph.end_begin.size(), n_hits + 1);
  for (std::size_t s = 0; s < graph.size(); ++s) {
    if (s > 0) {
      EXPECT_LT(std::pair(graph.deep[s - 1], graph.shallow[s - 1]), std::pair(graph.deep[s], graph.shallow[s]));
    }
    const auto deep = static_cast<std::size_t>(graph.deep[s]), shallow = static_cast<std::size_t>(graph.shallow[s]);
    EXPECT_EQ(frame.hits.layer[deep], frame.hits.layer[shallow] + 1);
    EXPECT_GE(static_cast<std::int32_t>(s), graph.start_begin[deep]);
    EXPECT_LT(static_cast<std::int32_t>(s), graph.start_begin[deep + 1]);
    const auto begin = graph.end_segment.begin() + graph.end_begin[shallow];
    const auto end = graph.end_segment.begin() + graph.end_begin[shallow + 1];
    EXPECT_TRUE(std::binary_search(begin, end, static_cast<std::int32_t>(s)));
    EXPECT_NEAR(std::hypot(graph.ux[s], graph.uy[s], graph.uz[s]), 1.0, 1e-6);
    const auto pair = static_cast<std::size_t>(frame.n_layers() - 1 - frame.hits.layer[deep]);
    EXPECT_GE(static_cast<std::int32_t>(s), graph.pair_begin[pair]);
    EXPECT_LT(static_cast<std::int32_t>(s), graph.pair_begin[pair + 1]);
  }
}

TEST(BuildHitGraph, CellsGiveTheSameAsAllPairs) {
  for (const auto& [tracks, calorimeter, tracker] :
       {std::tuple{1, 0.4, 0.2}, {40, 0.4, 0.2}, {150, 0.4, 0.2}, {60, 1.4, 0.7}, {60, 0.01, 0.01}, {30, 0.0, 0.0}}) {
    const auto frame = problems::beam_frame(7, tracks);
    HitGraphConfig config;
    config.angles = {calorimeter, tracker};
    const auto graph = build_hit_graph(frame, config);
    expect_same(graph, build_hit_graph_all_pairs(frame, config));
    expect_consistent(frame, graph);
    if (calorimeter == 0.0) {
      EXPECT_EQ(graph.size(), 0U);
    }
    if (calorimeter == 0.4 && tracks > 1) {
      EXPECT_GT(graph.size(), 1000U);
    }
  }
}

TEST(BuildHitGraph, PositionsSpreadOverTheApertureAndUnevenPlanes) {
  event::Frame frame = problems::beam_frame(3, 80);
  core::RandomStream random(1, 1);
  for (auto& x : frame.hits.x) x += static_cast<float>(40.0 * random.normal());
  for (auto& z : frame.hits.z) z += static_cast<float>(0.5 * random.normal());
  expect_same(build_hit_graph(frame), build_hit_graph_all_pairs(frame));
}

TEST(BuildHitGraph, MatchesThePublishedSegments) {
  for (const auto& name : problems::golden_names()) {
    const auto golden = problems::golden_frame(paths::golden(), name);
    const auto graph = build_hit_graph(golden.frame);
    EXPECT_EQ(graph.deep, golden.graph.deep) << name;
    EXPECT_EQ(graph.shallow, golden.graph.shallow) << name;
    EXPECT_EQ(graph.pair_begin, golden.graph.pair_begin) << name;
    EXPECT_EQ(segment_labels(golden.frame, graph), golden.labels) << name;
    EXPECT_EQ(touches_tracker(golden.frame, graph, 2), golden.touches_tracker) << name;
  }
}

TEST(BuildHitGraph, TheLimitItselfIsOutAndTheTrackerRuleLooksAtTheDeepLayer) {
  // Layers are 10 mm apart: a step of 10 tan(angle) per layer.
  const auto kept = [](double angle, std::int32_t n_layers) {
    std::vector<problems::MadeHit> hits;
    for (std::int32_t layer = 0; layer < n_layers; ++layer)
      hits.push_back({layer, static_cast<float>(10.0 * layer * std::tan(angle)), 0.0F, 0});
    const auto frame = problems::made_frame(hits);
    std::vector<std::int32_t> deep_layers;
    const auto graph = build_hit_graph(frame);
    for (const auto deep : graph.deep) deep_layers.push_back(frame.hits.layer[static_cast<std::size_t>(deep)]);
    return deep_layers;
  };
  EXPECT_EQ(kept(0.19, 5), (std::vector<std::int32_t>{4, 3, 2, 1}));
  EXPECT_EQ(kept(0.21, 5), (std::vector<std::int32_t>{4, 3}));
  EXPECT_EQ(kept(0.39, 5), (std::vector<std::int32_t>{4, 3}));
  EXPECT_EQ(kept(0.41, 5), (std::vector<std::int32_t>{}));
  HitGraphConfig exact;
  exact.angles.max_angle_calorimeter = std::atan(0.25);  // tan exactly representable: dx = 2.5, dz = 10
  const auto frame = problems::made_frame({{3, 2.5F, 0, 0}, {2, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}});
  const double slope = std::tan(exact.angles.max_angle_calorimeter);
  EXPECT_EQ(build_hit_graph(frame, exact).size(), slope * slope > 0.0625 ? 3U : 2U);
}

TEST(BuildHitGraph, DegenerateFrames) {
  const auto none = build_hit_graph(event::Frame{});
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.n_kinks(), 0);
  EXPECT_TRUE(none.pair_begin.empty());

  const auto one = problems::made_frame({{0, 0, 0, 0}, {0, 1, 0, 1}});
  EXPECT_EQ(build_hit_graph(one).pair_begin, (std::vector<std::int32_t>{0}));
  expect_consistent(one, build_hit_graph(one));

  const auto apart = problems::made_frame({{2, 0, 0, 0}, {1, 100, 0, 0}, {0, -100, 0, 0}});
  EXPECT_EQ(build_hit_graph(apart).size(), 0U);
  EXPECT_EQ(build_hit_graph(apart).pair_begin, (std::vector<std::int32_t>{0, 0, 0}));

  // Hits on top of each other are different hits.
  const auto twice = problems::made_frame({{1, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 1}});
  EXPECT_EQ(build_hit_graph(twice).size(), 4U);

  // No extent in z: the angle is π/2 whatever the transverse distance.
  auto flat = problems::made_frame({{1, 0, 0, 0}, {0, 0, 0, 0}});
  for (auto& z : flat.hits.z) z = 1.0F;
  EXPECT_EQ(build_hit_graph(flat).size(), 0U);
}

TEST(BuildHitGraph, BadInputIsOneSentence) {
  auto frame = problems::beam_frame(1, 5);
  HitGraphConfig few;
  few.max_segments = 3;
  try {
    build_hit_graph(frame, few);
    FAIL() << "no error";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("has more than 3 segments"), std::string::npos) << error.what();
  }
  HitGraphConfig wide;
  wide.angles.max_angle_calorimeter = 2.0;
  EXPECT_THROW(build_hit_graph(frame, wide), core::InputError);
  frame.hits.y[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(build_hit_graph(frame), core::InputError);
}

TEST(BuildHitGraph, MirroredAndPermutedFramesGiveMirroredAndPermutedGraphs) {
  const auto frame = problems::beam_frame(11, 50);
  auto mirrored = frame;
  for (auto& x : mirrored.hits.x) x = -x;
  const auto graph = build_hit_graph(frame), reflected = build_hit_graph(mirrored);
  EXPECT_EQ(graph.deep, reflected.deep);
  EXPECT_EQ(graph.shallow, reflected.shallow);
  for (std::size_t s = 0; s < graph.size(); ++s) EXPECT_EQ(graph.ux[s], -reflected.ux[s]);

  // Reverse the hits of every layer.
  auto turned = frame;
  std::vector<std::int32_t> old(frame.hits.size());
  for (std::size_t g = 0; g + 1 < frame.group_begin.size(); ++g)
    for (auto h = frame.group_begin[g]; h < frame.group_begin[g + 1]; ++h)
      old[static_cast<std::size_t>(h)] = frame.group_begin[g] + frame.group_begin[g + 1] - 1 - h;
  for (std::size_t h = 0; h < old.size(); ++h) {
    turned.hits.x[h] = frame.hits.x[static_cast<std::size_t>(old[h])];
    turned.hits.y[h] = frame.hits.y[static_cast<std::size_t>(old[h])];
    turned.hits.z[h] = frame.hits.z[static_cast<std::size_t>(old[h])];
  }
  const auto other = build_hit_graph(turned);
  std::vector<std::pair<std::int32_t, std::int32_t>> a, b;
  for (std::size_t s = 0; s < graph.size(); ++s) a.emplace_back(graph.deep[s], graph.shallow[s]);
  for (std::size_t s = 0; s < other.size(); ++s)
    b.emplace_back(old[static_cast<std::size_t>(other.deep[s])], old[static_cast<std::size_t>(other.shallow[s])]);
  std::sort(b.begin(), b.end());
  EXPECT_EQ(a, b);
}

// All ends open is the wider graph itself, none open the narrower one; between them a segment of a wide angle needs
// both its ends open.
TEST(WidenHitGraph, AddsWideSegmentsBetweenOpenHitsAlone) {
  const auto frame = problems::beam_frame(7, 60);
  HitGraphConfig narrow, wide;
  narrow.angles = {0.2, 0.1};
  wide.angles = {0.7, 0.1};
  const HitGraph graph = build_hit_graph(frame, narrow), all = build_hit_graph(frame, wide);
  const std::vector<std::uint8_t> open(frame.hits.size(), 1), closed(frame.hits.size(), 0);
  expect_same(widen_hit_graph(frame, graph, wide, open, open).graph, all);
  const WidenedGraph same = widen_hit_graph(frame, graph, wide, closed, open);
  expect_same(same.graph, graph);
  EXPECT_FALSE(same.any());
  EXPECT_FALSE(widen_hit_graph(frame, graph, narrow, open, open).any());

  std::vector<std::uint8_t> down, up;
  for (std::size_t h = 0; h < frame.hits.size(); ++h) {
    down.push_back(h % 3 == 0);
    up.push_back(h % 2 == 0);
  }
  const WidenedGraph some = widen_hit_graph(frame, graph, wide, down, up);
  expect_consistent(frame, some.graph);
  ASSERT_EQ(some.place.size(), graph.size());
  for (std::size_t s = 0; s < graph.size(); ++s) {
    const auto now = static_cast<std::size_t>(some.place[s]);
    EXPECT_EQ(std::pair(some.graph.deep[now], some.graph.shallow[now]), std::pair(graph.deep[s], graph.shallow[s]));
  }
  std::size_t expected = graph.size();
  std::vector<std::uint8_t> gained(some.gained.size(), 0);
  for (std::size_t s = 0; s < all.size(); ++s) {
    const auto a = static_cast<std::size_t>(all.shallow[s]), b = static_cast<std::size_t>(all.deep[s]);
    const auto first = graph.shallow.begin() + graph.start_begin[b],
               last = graph.shallow.begin() + graph.start_begin[b + 1];
    if (std::binary_search(first, last, all.shallow[s]) || !down[a] || !up[b]) continue;
    ++expected;
    gained[static_cast<std::size_t>(frame.hits.layer[a])] = 1;
  }
  EXPECT_GT(expected, graph.size() + 100);
  EXPECT_EQ(some.graph.size(), expected);
  EXPECT_EQ(some.gained, gained);
}

}  // namespace
}  // namespace difftrack::graph
