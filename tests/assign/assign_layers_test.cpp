// SPDX-License-Identifier: Apache-2.0
#include "difftrack/assign/assign_layers.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "difftrack/assign/certificate.hpp"
#include "difftrack/assign/dense_lap.hpp"
#include "difftrack/core/error.hpp"
#include "tests/problems/layers.hpp"

namespace difftrack::assign {
namespace {

using problems::layered_scores;
using problems::Scores;

void expect_proven(const Assignment& assignment, const Segments& segments) {
  for (const auto& pair : assignment.pairs) {
    const auto report = assignment.free ? check_certificate(pair.problem, pair.leaving, pair.solution)
                                        : check_certificate(pair.problem, pair.solution);
    EXPECT_TRUE(report.valid) << report.fault;
  }
  std::vector<int> starts(static_cast<std::size_t>(segments.n_hits)), ends(starts);
  std::int64_t count = 0;
  for (std::size_t s = 0; s < segments.size(); ++s)
    if (assignment.assigned[s]) {
      EXPECT_EQ(++starts[static_cast<std::size_t>(segments.deep[s])], 1);
      EXPECT_EQ(++ends[static_cast<std::size_t>(segments.shallow[s])], 1);
      ++count;
    }
  EXPECT_EQ(count, assignment.cardinality);
}

TEST(AssignLayers, SolvesEveryLayerPairToAProvenOptimum) {
  for (const auto kind : {Scores::Trained, Scores::Random})
    for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free}) {
      const auto frame = layered_scores(1, 12, 40, 6, kind);
      const Assignment assignment = assign_layers(frame.segments(), frame.scores, {.mode = mode});
      ASSERT_EQ(assignment.pairs.size(), 11U);
      expect_proven(assignment, frame.segments());
      double cost = 0.0;
      for (const auto& pair : assignment.pairs)
        cost += (assignment.free ? solve_free_densely(pair.problem, pair.leaving) : solve_forced_densely(pair.problem))
                    .cost;
      EXPECT_NEAR(assignment.cost, cost, 1e-10);
    }
}

TEST(AssignLayers, FindsTheTruthFromPerfectScores) {
  auto frame = layered_scores(2, 10, 50, 6, Scores::Trained, 0.0);
  for (std::size_t s = 0; s < frame.scores.size(); ++s) frame.scores[s] = frame.labels[s];
  const auto assigned = assign_layers(frame.segments(), frame.scores, {.mode = AssignMode::Free}).assigned;
  EXPECT_EQ(assigned, frame.labels);
}

TEST(AssignLayers, BatchEqualsOneByOneForAnyNumberOfThreads) {
  std::vector<problems::LayeredScores> frames;
  for (std::uint64_t i = 0; i < 5; ++i) frames.push_back(layered_scores(10 + i, 8, 30, 5, Scores::Random));
  frames.push_back({});
  frames.back().pair_begin.clear();
  std::vector<Segments> segments;
  std::vector<std::span<const float>> scores;
  for (const auto& frame : frames) {
    segments.push_back(frame.segments());
    scores.emplace_back(frame.scores);
  }
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free})
    for (const int threads : {1, 2, 7}) {
      const auto batch = assign_layers(segments, scores, {.mode = mode, .threads = threads});
      for (std::size_t f = 0; f < frames.size(); ++f) {
        const Assignment alone = assign_layers(segments[f], scores[f], {.mode = mode, .threads = 1});
        EXPECT_EQ(batch[f].assigned, alone.assigned);
        EXPECT_EQ(batch[f].cost, alone.cost);
        for (std::size_t p = 0; p < alone.pairs.size(); ++p)
          EXPECT_EQ(batch[f].pairs[p].solution.row_dual, alone.pairs[p].solution.row_dual);
      }
    }
}

TEST(AssignLayers, ForbidsSegmentsBelowTheMinimumScore) {
  const auto frame = layered_scores(3, 10, 40, 6, Scores::Random);
  const Assignment assignment = assign_layers(frame.segments(), frame.scores, {.min_score = 0.4});
  for (std::size_t s = 0; s < frame.scores.size(); ++s) EXPECT_TRUE(!assignment.assigned[s] || frame.scores[s] >= 0.4F);
  expect_proven(assignment, frame.segments());
  problems::LayeredScores kept = frame;  // the same as if they were not there
  kept.deep.clear(), kept.shallow.clear(), kept.scores.clear(), kept.pair_begin.assign(1, 0);
  std::vector<std::uint8_t> expected(frame.scores.size(), 0);
  std::vector<std::size_t> from;
  for (std::size_t p = 0; p + 1 < frame.pair_begin.size(); ++p) {
    for (auto s = static_cast<std::size_t>(frame.pair_begin[p]); s < static_cast<std::size_t>(frame.pair_begin[p + 1]);
         ++s)
      if (frame.scores[s] >= 0.4F) {
        kept.deep.push_back(frame.deep[s]), kept.shallow.push_back(frame.shallow[s]),
            kept.scores.push_back(frame.scores[s]);
        from.push_back(s);
      }
    kept.pair_begin.push_back(static_cast<std::int32_t>(kept.deep.size()));
  }
  const auto assigned = assign_layers(kept.segments(), kept.scores).assigned;
  for (std::size_t s = 0; s < assigned.size(); ++s) expected[from[s]] = assigned[s];
  EXPECT_EQ(assignment.assigned, expected);
}

TEST(AssignLayers, ReassignEqualsAColdSolve) {
  for (const AssignMode mode : {AssignMode::Forced, AssignMode::Free})
    for (const double min_score : {0.0, 0.3}) {
      const AssignConfig config{.mode = mode, .min_score = min_score};
      const auto frame = layered_scores(4, 12, 40, 6, Scores::Random);
      const Assignment forward = assign_layers(frame.segments(), frame.scores, config);
      core::RandomStream random(5, 0);
      std::vector<double> costs;
      std::vector<float> scores = frame.scores;
      for (float& p : scores) {
        const auto low = static_cast<float>(min_score);
        if (p >= low) p = low + (p - low) * static_cast<float>(0.7 + 0.3 * random.uniform());
        costs.push_back(1.0 - static_cast<double>(p));
      }
      double cost = 0.0;
      const auto assigned = reassign(forward, costs, 2, &cost);
      const Assignment cold = assign_layers(frame.segments(), scores, config);
      EXPECT_NEAR(cost, cold.cost, 1e-10);
      EXPECT_EQ(assigned, cold.assigned);
      EXPECT_NE(assigned, forward.assigned);
    }
}

TEST(AssignLayers, RefusesBadInput) {
  const auto frame = layered_scores(6, 4, 10, 3, Scores::Random);
  auto scores = frame.scores;
  scores[3] = std::nanf("");
  EXPECT_THROW(assign_layers(frame.segments(), scores), core::InputError);
  scores[3] = 1.5F;
  EXPECT_THROW(assign_layers(frame.segments(), scores), core::InputError);
  scores.pop_back();
  EXPECT_THROW(assign_layers(frame.segments(), scores), core::InputError);
  EXPECT_THROW(assign_layers(frame.segments(), frame.scores, {.mode = AssignMode::Free, .unassigned_cost = -1}),
               core::InputError);
  auto disordered = frame;
  std::swap(disordered.shallow[0], disordered.shallow[1]);
  std::swap(disordered.deep[0], disordered.deep[1]);
  EXPECT_THROW(assign_layers(disordered.segments(), frame.scores), core::InputError);
  auto outside = frame;
  outside.n_hits = 1;
  EXPECT_THROW(assign_layers(outside.segments(), frame.scores), core::InputError);
}

TEST(AssignLayers, NothingToAssignIsAnEmptyAnswer) {
  const Assignment none = assign_layers(Segments{}, {});
  EXPECT_TRUE(none.assigned.empty());
  EXPECT_EQ(none.cardinality, 0);
}

}  // namespace
}  // namespace difftrack::assign
