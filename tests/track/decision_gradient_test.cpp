// SPDX-License-Identifier: Apache-2.0
// What a network beside a joint decision is taught, on small frames whose energies are drawn; and what it sees.
#include "difftrack/track/joint/decision_gradient.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/layer_pairs.hpp"
#include "difftrack/track/joint/link_context.hpp"
#include "difftrack/track/joint/meetings.hpp"
#include "tests/problems/drawn_energy.hpp"

namespace difftrack::track {
namespace {

using problems::DrawnEnergy;
using Teacher = DecisionTeacher;

constexpr std::uint64_t kSeeds = 12;

std::vector<float> drawn_logits(std::size_t n, std::uint64_t seed) {
  core::RandomStream random(seed, 7);
  std::vector<float> logits(n);
  for (float& each : logits) each = static_cast<float>(0.5 * random.normal());
  return logits;
}

/// A frame, the answer without logits, and logits.
struct Case {
  explicit Case(std::uint64_t seed) : p(seed, 4, 3, 1.5), links(Links::none(p.frame.hits.size())) {
    LayerPairs pairs(p.frame, p.graph, p.energy);
    links = pairs.start(0, {});
    lower_energy(p.frame, p.graph, p.energy, {}, pairs, links);
    logits = drawn_logits(p.graph.size(), seed);
    truth = assigned_of(true_links(p.frame.hits, p.graph), p.graph.size());
    n_true = static_cast<double>(std::count(truth.begin(), truth.end(), 1));
  }
  DecisionGradient teach(const DecisionGradientConfig& config, std::uint64_t stream = 0) const {
    return decision_gradient(p.frame, p.graph, p.energy, links, logits, config, {.seed = 3, .stream = stream});
  }
  /// The answer with the logits.
  std::vector<std::uint8_t> decided() const {
    FrameEnergy energy = p.energy;
    for (std::size_t s = 0; s < logits.size(); ++s) energy.link[s] -= logits[s];
    Links found = links;
    LayerPairs pairs(p.frame, p.graph, energy);
    lower_energy(p.frame, p.graph, energy, {}, pairs, found);
    return assigned_of(found, p.graph.size());
  }

  DrawnEnergy p;
  Links links;
  std::vector<float> logits;
  std::vector<std::uint8_t> truth;
  double n_true = 0.0;
};

// All three are pieces of planes in the logits (scores: smooth), so that their slopes are differences of their values
// wherever the same answers stay the best.
TEST(DecisionGradient, IsTheSlopeOfItsLoss) {
  for (const Teacher teacher : {Teacher::Scores, Teacher::SpoPlus, Teacher::FenchelYoung}) {
    int compared = 0, equal = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      Case each(seed);
      const DecisionGradientConfig config{.teacher = teacher, .samples = 3};
      const DecisionGradient here = each.teach(config);
      for (std::size_t s = 0; s < each.logits.size(); s += 3) {
        const float logit = each.logits[s], step = 0.01F;
        each.logits[s] = logit + step;
        const double above = each.teach(config).loss;
        each.logits[s] = logit - step;
        const double below = each.teach(config).loss;
        each.logits[s] = logit;
        ++compared;
        equal += std::abs((above - below) / (2.0 * step) - here.gradient[s]) < 2e-3;
      }
    }
    EXPECT_GE(equal, compared * 9 / 10) << core::name_of(teacher) << " of " << compared;
  }
}

TEST(DecisionGradient, HasTheLimitsOfItsDefinition) {
  int wrong_somewhere = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Case each(seed);
    const std::vector<std::uint8_t> chosen = each.decided();
    wrong_somewhere += chosen != each.truth;
    const auto expect = [&](DecisionGradientConfig config, double factor, const char* what) {
      config.prior = 1e6;  // none to speak of
      const DecisionGradient found = each.teach(config);
      double wrong = 0.0;
      for (std::size_t s = 0; s < chosen.size(); ++s) {
        EXPECT_NEAR(found.gradient[s], factor * (static_cast<double>(chosen[s]) - each.truth[s]), 1e-9)
            << what << " segment " << s << " seed " << seed;
        wrong += (chosen[s] != each.truth[s]) / each.n_true;
      }
      EXPECT_NEAR(found.wrong, wrong, 1e-9);
    };
    // So far along the loss that truth is the answer.
    const double far = 200.0;
    expect({.teacher = Teacher::Blackbox, .lambda = far}, 1.0 / (far * each.n_true), "blackbox");
    expect({.teacher = Teacher::ImplicitMle, .lambda = far, .temperature = 0.0}, 1.0 / (far * each.n_true), "no noise");
    expect({.teacher = Teacher::SpoPlus, .lambda = 1e-6}, 2.0 / each.n_true, "no margin");
    expect({.teacher = Teacher::FenchelYoung, .temperature = 0.0}, 1.0 / each.n_true, "no noise");
    const DecisionGradient identity = each.teach({.teacher = Teacher::Identity, .prior = 1e6});
    for (std::size_t s = 0; s < chosen.size(); ++s)
      EXPECT_NEAR(identity.gradient[s], (each.truth[s] ? -1.0 : 1.0) / each.n_true, 1e-9);
    EXPECT_EQ(identity.reached, 1.0);
  }
  EXPECT_GT(wrong_somewhere, 3);
}

TEST(DecisionGradient, NoiseBelongsToItsPlace) {
  int differ = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Case each(seed);
    const DecisionGradientConfig config{.teacher = Teacher::FenchelYoung, .temperature = 3.0, .samples = 1};
    EXPECT_EQ(each.teach(config, 5).gradient, each.teach(config, 5).gradient);
    differ += each.teach(config, 5).gradient != each.teach(config, 6).gradient;
  }
  EXPECT_GT(differ, 3);
}

TEST(DecisionGradient, RefusesWhatIsOutOfRange) {
  const Case each(1);
  EXPECT_THROW(each.teach({.lambda = 0.0}), core::InputError);
  EXPECT_THROW(each.teach({.temperature = -1.0}), core::InputError);
  EXPECT_THROW(each.teach({.samples = 0}), core::InputError);
}

TEST(UndecidedSegments, AreTheChosenAndTheirNearRivals) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Case each(seed);
    const double gate = 6.0;
    const UndecidedSegments found = undecided_segments(each.p.frame, each.p.graph, each.p.energy, each.links, gate);
    LayerPairs pairs(each.p.frame, each.p.graph, each.p.energy);
    std::vector<std::int32_t> expected, open = pairs.candidates(each.links);
    const std::vector<std::uint8_t> chosen = assigned_of(each.links, each.p.graph.size());
    for (std::size_t s = 0; s < each.p.graph.size(); ++s) {
      const auto segment = static_cast<std::int32_t>(s);
      const bool rival = std::find(open.begin(), open.end(), segment) != open.end() &&
                         move_cost(each.p.graph, each.p.energy, each.links, segment) < gate;
      if (chosen[s] || rival) expected.push_back(segment);
    }
    ASSERT_EQ(found.place, expected);
    const graph::HitGraph& g = found.graph;
    ASSERT_EQ(g.context.size(), expected.size() * graph::kContextFeatures);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto s = static_cast<std::size_t>(expected[i]);
      EXPECT_EQ(g.deep[i], each.p.graph.deep[s]);
      EXPECT_EQ(g.shallow[i], each.p.graph.shallow[s]);
      const float* row = g.context.data() + i * graph::kContextFeatures;
      EXPECT_EQ(row[1], static_cast<float>(chosen[s]));
      EXPECT_EQ(row[0] > 0.0F, chosen[s] == 1) << "no single move lowers the energy of a decision";
      int above = 0;  // links above the shallower hit
      for (auto h = static_cast<std::size_t>(g.shallow[i]); each.links.up[h] != kNoSegment; ++above)
        h = static_cast<std::size_t>(each.p.graph.shallow[static_cast<std::size_t>(each.links.up[h])]);
      EXPECT_NEAR(row[5], above / 20.0, 1e-6);
      for (int column = 0; column < graph::kContextFeatures; ++column) EXPECT_LE(std::abs(row[column]), 4.0F) << column;
    }
  }
}

}  // namespace
}  // namespace difftrack::track
