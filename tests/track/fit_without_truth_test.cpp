// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/fit_without_truth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

/// Frames of 50 tracks whose kinks (11 mrad per projection), losses (1.2 % per plane) and beam are known.
const std::vector<event::Frame>& frames() {
  static const std::vector<event::Frame> made = [] {
    std::vector<event::Frame> result;
    for (std::uint64_t seed = 0; seed < 24; ++seed) result.push_back(problems::beam_frame(seed, 50));
    return result;
  }();
  return made;
}

const Likelihood& with_truth() {
  static const Likelihood likelihood = [] {
    LikelihoodFit fit(bergen(), {});
    for (const auto& frame : frames()) fit.add(frame);
    return fit.finish("truth");
  }();
  return likelihood;
}

std::vector<event::Frame> without_labels() {
  std::vector<event::Frame> blind = frames();
  for (auto& frame : blind)
    frame.hits.event.clear(), frame.hits.particle.clear(), frame.hits.pdg.clear(), frame.hits.primary.clear();
  return blind;
}

/// What a likelihood says in the middle of the calorimeter.
struct Figures {
  double width = 0.0;  // [rad] per projection: half the mean square of kinks up to 0.06 rad, its root
  double death = 0.0;  // mean probability
};
Figures figures_of(const Likelihood& l) {
  const auto frame = problems::beam_frame(99, 100);
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(bergen()));
  const FrameEnergy energy = build_frame_energy(frame, graph, l, ProtonExpectation(bergen(), {}));
  Figures result;
  double n = 0.0, n_hits = 0.0;
  for (std::int32_t layer = 6; layer < 24; ++layer) {
    const auto row = static_cast<std::size_t>(energy.kink_row[static_cast<std::size_t>(frame.begin(layer))]);
    const float* costs = energy.kinks.data() + row * ChordGrid::kPoints;
    double squares = 0.0, weight = 0.0;
    for (double chord = 0.00025; chord < 0.06; chord += 0.0005) {
      const double density =
          chord * std::exp(-static_cast<double>(ChordGrid::at(costs, static_cast<float>(chord * chord))));
      squares += density * chord * chord, weight += density;
    }
    result.width += std::sqrt(squares / weight / 2.0), n += 1.0;
    for (auto h = frame.begin(layer); h < frame.end(layer); ++h)
      result.death += std::exp(-static_cast<double>(energy.death[static_cast<std::size_t>(h)])), n_hits += 1.0;
  }
  return {result.width / n, result.death / n_hits};
}

/// A likelihood whose kinks are `factor` times wider and whose deaths are six times as frequent.
Likelihood spoiled(double factor) {
  Likelihood l = with_truth();
  const auto shift = static_cast<std::ptrdiff_t>(std::lround(2.0 * std::log2(factor) * ScaledGrid::kPerOctave));
  for (std::size_t row = 0; row < l.kinks.size(); row += ScaledGrid::kPoints)
    for (auto p = static_cast<std::ptrdiff_t>(ScaledGrid::kPoints) - 1; p >= 0; --p)
      l.kinks[row + static_cast<std::size_t>(p)] =
          l.kinks[row + static_cast<std::size_t>(std::max(std::ptrdiff_t{0}, p - shift))] -
          static_cast<float>(2.0 * std::log(factor));
  for (float& p : l.deaths) p = std::min(0.95F, 6.0F * p);
  return l;
}

TEST(LabelledByDecision, OfTheTruthIsTheTruth) {
  const event::Frame& frame = frames()[3];
  const auto graph = graph::build_hit_graph(frame, joint_graph_config(bergen(), 0.6));
  const Links truth = true_links(frame.hits, graph);
  const event::Frame labelled = labelled_by_decision(frame, graph, truth);
  EXPECT_EQ(true_links(labelled.hits, graph), truth);
  for (std::size_t h = 0; h < frame.hits.size(); ++h)
    if (truth.up[h] != kNoSegment) {
      EXPECT_EQ(labelled.hits.primary[h], 1) << h;
    }
}

TEST(LabelledByDecision, BirthsBelongToTheEndInFront) {
  std::vector<problems::MadeHit> made = problems::straight_tracks({0.0F, 20.0F}, 3);
  made.push_back({3, 0.3F, 0.0F, 7});  // behind the end of the first track, and on
  made.push_back({4, 0.6F, 0.0F, 7});
  made.push_back({3, 20.0F, 0.0F, 1});  // the second goes on
  made.push_back({4, -9.0F, 9.0F, 8});  // far from everything
  const event::Frame frame = problems::made_frame(made);
  const auto graph =
      graph::build_hit_graph(frame, {.angles = {.max_angle_calorimeter = 0.4, .max_angle_tracker = 0.4}});
  Links links = true_links(frame.hits, graph);
  const event::Frame labelled = labelled_by_decision(frame, graph, links);
  const auto find = [&](std::int32_t layer, float x) {
    for (std::size_t h = 0; h < frame.hits.size(); ++h)
      if (frame.hits.layer[h] == layer && frame.hits.x[h] == x) return h;
    return frame.hits.size();
  };
  const auto& hits = labelled.hits;
  const std::size_t mother = find(2, 0.0F), born = find(3, 0.3F), next = find(4, 0.6F), far = find(4, -9.0F);
  EXPECT_EQ(hits.event[mother], hits.event[born]);
  EXPECT_EQ(hits.event[born], hits.event[next]);
  EXPECT_NE(hits.particle[mother], hits.particle[born]);
  EXPECT_EQ(hits.particle[born], hits.particle[next]);
  EXPECT_EQ(hits.primary[mother], 1);
  EXPECT_EQ(hits.primary[born], 0);
  EXPECT_EQ(std::count(hits.event.begin(), hits.event.end(), hits.event[far]), 1);
  EXPECT_EQ(hits.event[find(3, 20.0F)], hits.event[find(0, 20.0F)]);
}

TEST(FitWithoutTruth, ComesNearTheFitWithTruthFromPhysicsAndFromAWrongStart) {
  const Figures truth = figures_of(with_truth());
  EXPECT_NEAR(truth.width, 0.011, 0.001);
  const FitWithoutTruth fit(bergen(), {}, {}, {});
  for (const bool from_physics : {true, false}) {
    std::optional<Likelihood> start;
    if (!from_physics) {
      start = spoiled(3.0);
      EXPECT_GT(figures_of(*start).width, 2.0 * truth.width) << "wrong to begin with";
      EXPECT_GT(figures_of(*start).death, 4.0 * truth.death);
    }
    std::vector<TruthFreeRound> rounds;
    const Likelihood own =
        fit(without_labels(), start, "own", 1, [&](const TruthFreeRound& done) { rounds.push_back(done); });
    const Figures found = figures_of(own);
    std::printf("from %s: kinks %.2f mrad (truth %.2f), deaths %.2f %% (%.2f)\n",
                from_physics ? "physics" : "a wrong start", 1e3 * found.width, 1e3 * truth.width, 1e2 * found.death,
                1e2 * truth.death);
    EXPECT_NEAR(found.width, truth.width, 0.1 * truth.width);
    EXPECT_NEAR(found.death, truth.death, 0.003);
    ASSERT_EQ(rounds.size(), 4U);
    EXPECT_EQ(rounds[0].changed, rounds[0].links);
    EXPECT_LT(rounds[3].changed, rounds[3].links / 200) << "hardly anything moves any more";
  }
}

TEST(FitWithoutTruth, DoesNotReadTruthAndIsTheSameForAnyNumberOfThreads) {
  const FitWithoutTruth fit(bergen(), {}, {}, {.rounds = 2});
  const Likelihood blind = fit(without_labels(), {}, "own", 1), seeing = fit(frames(), {}, "own", 3);
  EXPECT_EQ(blind.kinks, seeing.kinks);
  EXPECT_EQ(blind.deaths, seeing.deaths);
  EXPECT_EQ(blind.birth_rate, seeing.birth_rate);
  EXPECT_EQ(blind.secondary_rate, seeing.secondary_rate);
}

TEST(FitWithoutTruth, KeepsSecondariesWhereAsked) {
  const FitWithoutTruth own(bergen(), {}, {}, {.rounds = 1}), keeping(bergen(), {}, {}, {1, true});
  Likelihood start = with_truth();
  for (float& share : start.front_share) share = 0.125F;
  for (float& share : start.birth_secondary) share = 0.625F;
  const Likelihood fitted = own(without_labels(), start, "own", 1), kept = keeping(without_labels(), start, "own", 1);
  EXPECT_NE(fitted.front_share, start.front_share);
  EXPECT_NE(fitted.birth_secondary, start.birth_secondary);
  EXPECT_EQ(kept.front_share, start.front_share);
  EXPECT_EQ(kept.birth_secondary, start.birth_secondary);
  EXPECT_EQ(kept.kind_kinks, start.kind_kinks);
  EXPECT_EQ(kept.kinks, fitted.kinks) << "what hits show is theirs";
  EXPECT_EQ(kept.deposit_edges, fitted.deposit_edges);
  EXPECT_THROW(keeping(without_labels(), {}, "own", 1), core::InputError);
  start.knots.pop_back();
  EXPECT_THROW(keeping(without_labels(), start, "own", 1), core::InputError);
}

TEST(FitWithoutTruth, NeedsEnoughHits) {
  EXPECT_THROW(FitWithoutTruth(bergen(), {}, {}, {.rounds = 0}), core::InputError);
  const FitWithoutTruth fit(bergen(), {}, {}, {});
  EXPECT_THROW(fit({}, {}, "none", 1), core::InputError);
  EXPECT_THROW(fit({problems::beam_frame(1, 5)}, {}, "few", 1), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
