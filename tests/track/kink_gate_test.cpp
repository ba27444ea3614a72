// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/kink_gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/graph/line_graph.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

constexpr double kRounding = 1e-4;  // [nats] of costs in float

/// A frame with its energy under the shipped likelihood.
struct Problem {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  Likelihood likelihood = read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));
  TransportExpectation expectation{detector, {}};
  event::Frame frame;
  graph::HitGraph graph;
  FrameEnergy energy;

  explicit Problem(event::Frame made) : frame(std::move(made)) {
    graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
    energy = build_frame_energy(frame, graph, likelihood, expectation);
  }

  /// What the pair costs more than an end and a beginning.
  double excess(std::int32_t up, std::int32_t down) const {
    const auto d = static_cast<std::size_t>(down);
    const std::int32_t h = graph.shallow[d];
    const auto hit = static_cast<std::size_t>(h);
    return kink_cost(energy, graph, h, up, down) -
           (static_cast<double>(energy.birth[hit]) + static_cast<double>(energy.start[d]) +
            static_cast<double>(energy.death[hit]) - static_cast<double>(energy.link[d]));
  }
};

TEST(KinkGate, LeavesExactlyThePairsThatPass) {
  const Problem problem(problems::beam_frame(2, 60));
  const graph::LineGraph all = graph::build_line_graph(problem.graph);
  double before = 0.0;
  for (const double nats : {-8.0, -4.0, -3.0, 0.0, 8.0}) {
    const graph::HitGraph gated =
        gate_kinks(problem.frame, problem.graph, problem.likelihood, problem.expectation, nats);
    ASSERT_EQ(gated.widest_chord2, widest_kinks(problem.energy, problem.graph, nats));
    ASSERT_EQ(gated.deep, problem.graph.deep);
    std::int64_t wrong = 0, kept = 0;
    for (std::size_t k = 0; k < all.size(); ++k) {
      // The shipped tables rise with the angle, but for bends far in: a pair that costs too much may stay, below.
      const double excess = problem.excess(all.to[k], all.from[k]);
      const bool stays = gated.has_kink(all.from[k], all.to[k]);
      kept += stays ? 1 : 0;
      if (std::abs(excess - nats) > kRounding) wrong += stays != (excess < nats) ? 1 : 0;
      if (excess < nats - kRounding) {
        ASSERT_TRUE(stays) << excess;
      }
    }
    EXPECT_EQ(gated.n_kinks(), kept);
    EXPECT_LE(wrong, static_cast<std::int64_t>(all.size()) / 1000) << nats;
    EXPECT_GT(static_cast<double>(kept), before) << nats;
    before = static_cast<double>(kept);
  }
  const auto all_pass = gate_kinks(problem.frame, problem.graph, problem.likelihood, problem.expectation, 1000.0);
  EXPECT_EQ(all_pass.n_kinks(), problem.graph.n_kinks());
  EXPECT_EQ(gate_kinks(problem.frame, problem.graph, problem.likelihood, problem.expectation, -1000.0).n_kinks(), 0);
}

/// Limits against a table looked up chord by chord, whatever its shape: the widest that passes.
TEST(KinkGate, TakesTheWidestChordThatPassesOfAnyTable) {
  Problem problem(problems::beam_frame(3, 20));
  const auto n_rows = problem.energy.kinks.size() / ChordGrid::kPoints;
  core::RandomStream random(1, 0);
  for (std::size_t row = 0; row < n_rows; ++row)
    for (std::size_t p = 0; p < ChordGrid::kPoints; ++p)  // rises, with bends of some nats
      problem.energy.kinks[row * ChordGrid::kPoints + p] =
          static_cast<float>(0.8 * static_cast<double>(p) - 48.0 + 5.0 * random.uniform());
  const std::vector<float> limits = widest_kinks(problem.energy, problem.graph, -3.0);
  std::size_t inside = 0;
  for (std::size_t down = 0; down < limits.size(); ++down) {
    const auto h = static_cast<std::size_t>(problem.graph.shallow[down]);
    const double most = -3.0 + static_cast<double>(problem.energy.birth[h]) +
                        static_cast<double>(problem.energy.start[down]) + static_cast<double>(problem.energy.death[h]) -
                        static_cast<double>(problem.energy.link[down]);
    const float* row =
        problem.energy.kinks.data() + static_cast<std::size_t>(problem.energy.kink_row[h]) * ChordGrid::kPoints;
    const auto excess = [&](float chord2) { return static_cast<double>(ChordGrid::at(row, chord2)) - most; };
    const float limit = limits[down];
    for (std::size_t p = 0; p < ChordGrid::kPoints; ++p)  // no point of the grid beyond the limit passes
      if (const auto chord2 = static_cast<float>(ChordGrid::squared(p)); chord2 > limit) {
        EXPECT_GT(excess(chord2), -kRounding) << p;
      }
    if (limit < 0.0F || !std::isfinite(limit)) continue;
    ++inside;
    EXPECT_NEAR(excess(limit), 0.0, kRounding) << limit;
  }
  EXPECT_GT(inside, limits.size() / 4);
}

TEST(KinkGate, FramesWithoutSegmentsAndWithTooManyLayers) {
  const Problem empty{event::Frame{}};
  EXPECT_FALSE(gate_kinks(empty.frame, empty.graph, empty.likelihood, empty.expectation, -3.0).is_gated());
  Problem deep(problems::beam_frame(1, 3));
  deep.likelihood.n_layers = 2;
  EXPECT_THROW(gate_kinks(deep.frame, deep.graph, deep.likelihood, deep.expectation, -3.0), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
