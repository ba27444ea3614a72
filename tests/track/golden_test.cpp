// SPDX-License-Identifier: Apache-2.0
/// Assignment, its gradient, tracks and metrics against what the published code computes (tests/data/golden).
#include "tests/problems/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/assign/blackbox.hpp"
#include "difftrack/assign/certificate.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/metrics.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::track {
namespace {

class Golden : public testing::TestWithParam<std::string> {
 protected:
  problems::GoldenFrame golden_ = problems::golden_frame(paths::golden(), GetParam());
  assign::Segments segments_{golden_.graph.deep, golden_.graph.shallow, golden_.graph.pair_begin,
                             static_cast<std::int32_t>(golden_.frame.hits.size())};
};

std::vector<std::string> weights_and_modes() { return {"trained_eval", "trained_train", "fresh_eval", "fresh_train"}; }

TEST_P(Golden, MatchingIsAsLargeAndAtMostAsDear) {
  for (const auto& which : weights_and_modes()) {
    SCOPED_TRACE(which);
    const auto scores = golden_.scores(which);
    const auto theirs = golden_.segments<std::uint8_t>(which + "_assigned");
    const auto assignment = assign::assign_layers(segments_, scores);
    std::int64_t cardinality = 0;
    double cost = 0.0;
    for (std::size_t s = 0; s < scores.size(); ++s)
      if (theirs[s]) {
        ++cardinality;
        cost += 1.0 - static_cast<double>(scores[s]);
      }
    EXPECT_EQ(assignment.cardinality, cardinality);
    EXPECT_LE(assignment.cost, cost + 1e-6);
    EXPECT_LE(assignment.cost, golden_.file.values<double>(which + "_assignment_cost").at(0) + 1e-6);
    for (const auto& pair : assignment.pairs) EXPECT_TRUE(assign::check_certificate(pair.problem, pair.solution).valid);
  }
}

TEST_P(Golden, PublishedScoreGradientAgrees) {
  for (const auto& which : weights_and_modes()) {
    if (!golden_.file.has(which + "_pat25_score_grad")) continue;
    SCOPED_TRACE(which);
    const auto scores = golden_.scores(which);
    const auto expected = golden_.segments<float>(which + "_pat25_score_grad");
    double group[2] = {0.0, 0.0};
    for (const auto touches : golden_.touches_tracker) group[touches] += 1.0;
    std::vector<float> g;
    for (std::size_t s = 0; s < scores.size(); ++s)
      g.push_back(static_cast<float>((1.0 - 2.0 * golden_.labels[s]) / group[golden_.touches_tracker[s]] / 32.0));
    const auto gradient =
        assign::blackbox_gradient(assign::assign_layers(segments_, scores), scores, g, {.lambda = 25.0});
    std::size_t equal = 0, not_zero = 0;
    for (std::size_t s = 0; s < gradient.size(); ++s) {
      equal += gradient[s] == expected[s];
      not_zero += gradient[s] != 0.0F;
    }
    EXPECT_GE(static_cast<double>(equal), 0.995 * static_cast<double>(gradient.size()));
    EXPECT_TRUE(which != "fresh_eval" || not_zero > 400);  // elsewhere the published step is too short to matter
    RecordProperty(which,
                   std::to_string(gradient.size() - equal) + " differ, " + std::to_string(not_zero) + " not zero");
  }
}

TEST_P(Golden, TracksAndPublishedMetricsAreEqual) {
  for (const char* weights : {"trained", "fresh"}) {
    SCOPED_TRACE(weights);
    const std::string which = std::string(weights) + "_eval";
    const auto assigned = golden_.segments<std::uint8_t>(which + "_assigned");
    const auto tracks = filter_tracks(golden_.frame, build_tracks(golden_.frame, golden_.graph, assigned), {});
    const auto offsets = golden_.file.values<std::int64_t>(which + "_track_offsets");
    const auto hits = golden_.file.values<std::int32_t>(which + "_track_hits");
    std::multiset<std::vector<std::int32_t>> expected, ours;
    for (std::size_t t = 0; t + 1 < offsets.size(); ++t)
      expected.emplace(hits.begin() + offsets[t], hits.begin() + offsets[t + 1]);
    for (std::size_t t = 0; t < tracks.size(); ++t) ours.emplace(tracks.hits[t].begin(), tracks.hits[t].end());
    EXPECT_EQ(ours, expected);
    const auto counts = evaluate_tracks(golden_.frame, tracks, {}, &golden_.graph, assigned);
    EXPECT_EQ(static_cast<float>(counts.published_purity()), golden_.file.values<float>(which + "_purity").at(0));
    EXPECT_EQ(static_cast<float>(counts.published_efficiency()),
              golden_.file.values<float>(which + "_efficiency").at(0));
    EXPECT_EQ(counts.true_kept, std::count(golden_.labels.begin(), golden_.labels.end(), 1));
  }
}

INSTANTIATE_TEST_SUITE_P(Frames, Golden, testing::ValuesIn(problems::golden_names()),
                         [](const auto& frame) { return frame.param; });

}  // namespace
}  // namespace difftrack::track
