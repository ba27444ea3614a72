// SPDX-License-Identifier: Apache-2.0
#include "difftrack/graph/line_graph.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/features.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"
#include "tests/problems/gated.hpp"
#include "tests/problems/golden.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::graph {
namespace {

const std::string kGolden = paths::golden();

TEST(LineGraph, MatchesThePublishedKinksAndAngles) {
  for (const auto& name : problems::golden_names()) {
    const auto golden = problems::golden_frame(kGolden, name);
    const auto graph = build_hit_graph(golden.frame);
    const auto kinks = build_line_graph(graph);
    const auto from = golden.file.values<std::int32_t>("kink_from"), to = golden.file.values<std::int32_t>("kink_to");
    const auto theta = golden.file.values<float>("kink_theta");
    std::vector<std::int32_t> place(golden.order.size());  // golden segment -> ours
    for (std::size_t s = 0; s < golden.order.size(); ++s) place[golden.order[s]] = static_cast<std::int32_t>(s);
    std::map<std::pair<std::int32_t, std::int32_t>, double> expected;
    for (std::size_t k = 0; k < from.size(); ++k)
      expected[{place[static_cast<std::size_t>(from[k])], place[static_cast<std::size_t>(to[k])]}] = theta[k];
    ASSERT_EQ(kinks.size(), from.size()) << name;
    ASSERT_EQ(expected.size(), from.size()) << name;
    EXPECT_EQ(graph.n_kinks(), static_cast<std::int64_t>(from.size()));
    double worst = 0.0;
    for (std::size_t k = 0; k < kinks.size(); ++k) {
      const auto found = expected.find({kinks.from[k], kinks.to[k]});
      ASSERT_NE(found, expected.end()) << name;
      worst = std::max(worst, std::abs(std::cos(double{kinks.theta[k]}) - std::cos(found->second)));
    }
    EXPECT_LT(worst, 2e-6) << name;
  }
}

TEST(LineGraph, EveryKinkSharesItsHitAndHasTheAngleOfTheHits) {
  const auto frame = problems::beam_frame(5, 30);
  const auto graph = build_hit_graph(frame);
  const auto kinks = build_line_graph(graph);
  ASSERT_EQ(static_cast<std::int64_t>(kinks.size()), graph.n_kinks());
  ASSERT_GT(kinks.size(), 1000U);
  const auto position = [&](std::int32_t h) {
    const auto i = static_cast<std::size_t>(h);
    return std::array<double, 3>{frame.hits.x[i], frame.hits.y[i], frame.hits.z[i]};
  };
  for (std::size_t k = 0; k < kinks.size(); ++k) {
    const auto a = static_cast<std::size_t>(kinks.from[k]), b = static_cast<std::size_t>(kinks.to[k]);
    ASSERT_EQ(graph.shallow[a], graph.deep[b]);
    const auto p = position(graph.deep[a]), q = position(graph.shallow[a]), r = position(graph.shallow[b]);
    long double cross2 = 0, dot = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t j = (i + 1) % 3, l = (i + 2) % 3;
      const long double c =
          static_cast<long double>(q[j] - p[j]) * (r[l] - q[l]) - static_cast<long double>(q[l] - p[l]) * (r[j] - q[j]);
      cross2 += c * c;
      dot += static_cast<long double>(q[i] - p[i]) * (r[i] - q[i]);
    }
    const double exact = static_cast<double>(std::atan2(std::sqrt(cross2), dot));
    ASSERT_NEAR(kinks.theta[k], exact, 5e-8 + 1e-7 * exact);  // unit vectors are stored as float
  }
}

TEST(LineGraph, AGateLeavesThePairsWithinItsLimitInTheirOrder) {
  const auto open = build_hit_graph(problems::beam_frame(5, 30));
  const auto gated = problems::gated(open, 3);
  EXPECT_FALSE(open.is_gated());
  EXPECT_TRUE(gated.is_gated());
  const auto all = build_line_graph(open), kinks = build_line_graph(gated);
  LineGraph expected;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (squared_chord(open, all.from[k], all.to[k]) > gated.widest_chord2[static_cast<std::size_t>(all.from[k])])
      continue;
    expected.from.push_back(all.from[k]), expected.to.push_back(all.to[k]), expected.theta.push_back(all.theta[k]);
  }
  EXPECT_EQ(kinks.from, expected.from);
  EXPECT_EQ(kinks.to, expected.to);
  EXPECT_EQ(kinks.theta, expected.theta);
  EXPECT_EQ(gated.n_kinks(), static_cast<std::int64_t>(expected.size()));
  EXPECT_GT(expected.size(), all.size() / 10);
  EXPECT_LT(expected.size(), all.size() * 9 / 10);
}

TEST(LineGraph, KnownAngles) {
  // Straight on: exactly 0. A right angle in projection: atan of the slopes.
  const auto straight = problems::made_frame(problems::straight_tracks({0.0F}, 4));
  for (const auto theta : build_line_graph(build_hit_graph(straight)).theta) EXPECT_EQ(theta, 0.0F);
  const auto bent = problems::made_frame({{2, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}});
  const auto kinks = build_line_graph(build_hit_graph(bent));
  ASSERT_EQ(kinks.size(), 1U);
  EXPECT_NEAR(kinks.theta[0], std::atan(0.1), 1e-7);
  EXPECT_EQ(build_line_graph(HitGraph{}).size(), 0U);
}

TEST(Features, MatchThePublishedOnes) {
  for (const auto& name : problems::golden_names()) {
    const auto golden = problems::golden_frame(kGolden, name);
    const auto features = segment_features(golden.frame, build_hit_graph(golden.frame));
    const auto expected = golden.file.values<float>("segment_features");
    ASSERT_EQ(features.size(), expected.size());
    for (std::size_t s = 0; s < golden.order.size(); ++s)
      for (std::size_t f = 0; f < 8; ++f) ASSERT_EQ(features[s * 8 + f], expected[golden.order[s] * 8 + f]) << name;
  }
}

TEST(Features, OfTheHitGraphNetwork) {
  auto frame = problems::made_frame({{1, 3, 4, 0}, {0, 4, 4, 0}});
  frame.has_spot = true, frame.spot_x = 1.0F, frame.spot_y = 2.0F;
  frame.hits.cluster_size = {7, 14};
  const auto hits = hit_features(frame);
  // int(4.2267 * 2.4^0.65 + 0.5) = 7 pixels at 60 keV.
  const std::vector<float> expected{1.0F, 0.002F, 0.002F, 1.0F, 2.0F, 0.003F, 0.002F, 0.0F};
  ASSERT_EQ(hits.size(), expected.size());
  for (std::size_t i = 0; i < hits.size(); ++i) EXPECT_NEAR(hits[i], expected[i], 1e-7);
  const auto directions = direction_features(frame, build_hit_graph(frame));
  ASSERT_EQ(directions.size(), 3U);
  EXPECT_NEAR(directions[0], std::sqrt(101.0), 1e-5);
  EXPECT_NEAR(directions[1], 0.0, 1e-7);
  EXPECT_NEAR(directions[2], std::atan2(1.0, -10.0), 1e-6);
}

}  // namespace
}  // namespace difftrack::graph
