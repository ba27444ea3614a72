// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/joint/likelihood.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <string>

#include "difftrack/core/error.hpp"
#include "difftrack/event/io/safetensors.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/frame_energy.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "tests/core/temporary_folder.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::track {
namespace {

using ::testing::HasSubstr;

/// Fitted to tracks whose kinks (11 mrad per projection), losses (1.2 % per plane) and beam are known.
const Likelihood& fitted() {
  static const Likelihood likelihood = [] {
    const auto detector = detector::read_detector("bergen-dtc");
    LikelihoodFit fit(detector, {});
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      fit.add(problems::beam_frame(seed, 100));
    }
    return fit.finish("made-up tracks");
  }();
  return likelihood;
}

TEST(ChordGrid, MeetsItsPointsAndIsStraightBetweenThem) {
  std::vector<float> values;
  for (std::size_t p = 0; p < ChordGrid::kPoints; ++p)
    values.push_back(static_cast<float>(3.0 - 500.0 * ChordGrid::squared(p)));
  for (const double chord : {1e-4, 3.3e-3, 0.01, 0.1234, 0.9})
    EXPECT_NEAR(ChordGrid::at(values.data(), static_cast<float>(chord * chord)), 3.0 - 500.0 * chord * chord,
                1e-3 + 1e-4 * 500.0 * chord * chord);
  EXPECT_EQ(ChordGrid::at(values.data(), 0.0F), values.front());
  EXPECT_NEAR(ChordGrid::at(values.data(), 100.0F), values.back(), 0.01 * std::abs(values.back()));
}

TEST(FitLikelihood, DensitiesOfAnglesSumToOneAndHaveTheTrueWidth) {
  const Likelihood& l = fitted();
  const auto integral = [](const float* row) {
    double sum = 0.0;
    for (std::size_t p = 0; p < ScaledGrid::kPoints; ++p)
      sum += std::exp(static_cast<double>(row[p])) * std::numbers::pi * std::pow(ScaledGrid::angle(p), 2) *
             std::numbers::ln2 / ScaledGrid::kPerOctave;
    return sum;
  };
  for (std::size_t row = 0; row * ScaledGrid::kPoints < l.kinks.size(); ++row)
    EXPECT_NEAR(integral(l.kinks.data() + row * ScaledGrid::kPoints), 1.0, 1e-3) << row;
  EXPECT_NEAR(integral(l.entrance.data()), 1.0, 1e-3);

  // In the calorimeter the cost of a kink is that of a Gaussian of 11 mrad in both projections.
  const auto detector = detector::read_detector("bergen-dtc");
  const auto frame = problems::beam_frame(99, 100);
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  const FrameEnergy energy = build_frame_energy(frame, graph, l, TransportExpectation(detector, {}));
  for (const std::int32_t layer : {6, 12, 20})
    for (const double chord : {0.002, 0.011, 0.022}) {
      const double variance = 0.011 * 0.011,
                   expected = 0.5 * chord * chord / variance + std::log(2.0 * std::numbers::pi * variance);
      const std::size_t row = static_cast<std::size_t>(energy.kink_row[static_cast<std::size_t>(frame.begin(layer))]);
      const auto cost = static_cast<double>(
          ChordGrid::at(energy.kinks.data() + row * ChordGrid::kPoints, static_cast<float>(chord * chord)));
      EXPECT_NEAR(cost, expected, 0.3) << layer << " " << chord;
    }
}

TEST(FitLikelihood, DeathsAreTheLossesOfTheTracks) {
  const Likelihood& l = fitted();
  const auto detector = detector::read_detector("bergen-dtc");
  const auto frame = problems::beam_frame(99, 100);
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  const FrameEnergy energy = build_frame_energy(frame, graph, l, TransportExpectation(detector, {}));
  const auto mean_death = [&](std::int32_t layer) {
    double sum = 0.0;
    for (auto h = frame.begin(layer); h < frame.end(layer); ++h)
      sum += std::exp(-static_cast<double>(energy.death[static_cast<std::size_t>(h)]));
    return sum / (frame.end(layer) - frame.begin(layer));
  };
  EXPECT_NEAR(mean_death(10), 0.013, 0.006);  // and what the angular filter takes
  EXPECT_NEAR(mean_death(20), 0.013, 0.006);
  EXPECT_GT(mean_death(37), 0.4);  // where the tracks stop
}

TEST(FitLikelihood, NeedsTruthAndEnoughOfIt) {
  const auto detector = detector::read_detector("bergen-dtc");
  LikelihoodFit fit(detector, {});
  auto frame = problems::beam_frame(1, 5);
  fit.add(frame);
  EXPECT_THROW(fit.finish(""), core::InputError);
  frame.hits.event.clear();
  EXPECT_THROW(fit.add(frame), core::InputError);
  EXPECT_THROW(LikelihoodFit(detector, {}, {.link_angle = 2.0}), core::InputError);
}

TEST(LikelihoodFile, ReadsBackAndRefusesWhatDoesNotFit) {
  const core::TemporaryFolder folder;
  const std::string path = folder / "l.safetensors";
  write_likelihood(path, fitted());
  const Likelihood read = read_likelihood(path);
  EXPECT_EQ(read.detector, "bergen-dtc");
  EXPECT_EQ(read.source, "made-up tracks");
  EXPECT_EQ(read.kinks, fitted().kinks);
  EXPECT_EQ(read.deaths, fitted().deaths);
  EXPECT_EQ(read.birth_radius, fitted().birth_radius);
  EXPECT_EQ(read.kind_transitions, fitted().kind_transitions);
  EXPECT_EQ(read.front_angles, fitted().front_angles);
  EXPECT_FLOAT_EQ(static_cast<float>(read.link_angle), 0.6F);

  const auto error_of = [&](const auto& change) {
    event::SafeTensors file = event::read_safetensors(path);
    change(file);
    const std::string changed = folder / "changed.safetensors";
    event::write_safetensors(changed, file);
    try {
      read_likelihood(changed);
    } catch (const core::InputError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(error_of([](auto& f) { f.metadata.erase("format"); }), HasSubstr("is no likelihood"));
  EXPECT_THAT(error_of([](auto& f) { f.metadata["schema"] = "9"; }), HasSubstr("newer difftrack"));
  EXPECT_THAT(error_of([](auto& f) { f.metadata["schema"] = "1"; }), HasSubstr("fit it anew"));
  EXPECT_THAT(error_of([](auto& f) {
                f.tensors["calibration"].values = std::vector<double>{1.0, 2.0};
              }),
              HasSubstr("below a right one"));
  EXPECT_THAT(error_of([](auto& f) { f.metadata["n_layers"] = "many"; }), HasSubstr("n_layers = 'many'"));
  EXPECT_THAT(error_of([](auto& f) { f.tensors.erase("kinks"); }), HasSubstr("kinks: is missing"));
  EXPECT_THAT(error_of([](auto& f) {
                f.tensors["entrance"].shape = {1, 113};
              }),
              HasSubstr("must have the shape [113]"));
  EXPECT_THAT(error_of([](auto& f) { std::get<0>(f.tensors["deaths"].values)[3] = 1.5F; }), HasSubstr("a probability"));
  EXPECT_THAT(error_of([](auto& f) { std::get<0>(f.tensors["knots"].values)[1] = -99.0F; }), HasSubstr("ascend"));
}

TEST(JointAssignment, FindsTheTracksOfAFrameAndIsSureOfThem) {
  const auto detector = detector::read_detector("bergen-dtc");
  const JointAssignment joint(detector, fitted(), {}, {});
  const auto frame = problems::beam_frame(77, 60);
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  const JointDecision decision = joint(frame, graph);
  const auto labels = graph::segment_labels(frame, decision.graph);
  std::int64_t right = 0, assigned = 0, truth = 0;
  double expected = 0.0;
  for (std::size_t s = 0; s < decision.graph.size(); ++s) {
    truth += labels[s];
    if (!decision.assigned[s]) continue;
    ++assigned;
    right += labels[s];
    expected += static_cast<double>(decision.scores[s]);
    EXPECT_GE(decision.scores[s], 0.8F);
  }
  EXPECT_GT(static_cast<double>(right), 0.97 * static_cast<double>(truth));
  EXPECT_NEAR(expected / static_cast<double>(assigned), static_cast<double>(right) / static_cast<double>(assigned),
              0.01);
  const JointDecision again = joint(frame, graph);
  EXPECT_EQ(again.assigned, decision.assigned);
  EXPECT_EQ(again.scores, decision.scores);
}

TEST(FrameEnergy, OfAWidenedGraphIsThatOfTheWiderOne) {
  const auto detector = detector::read_detector("bergen-dtc");
  const TransportExpectation expectation(detector, {});
  const auto frame = problems::beam_frame(8, 40);
  const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  const std::vector<std::uint8_t> open(frame.hits.size(), 1);
  const auto wide = graph::widen_hit_graph(frame, graph, joint_graph_config(detector, 0.6), open, open);
  ASSERT_TRUE(wide.any());
  const FrameEnergy grown = widen_frame_energy(frame, wide, build_frame_energy(frame, graph, fitted(), expectation),
                                               fitted(), expectation),
                    built = build_frame_energy(frame, wide.graph, fitted(), expectation);
  EXPECT_EQ(grown.link, built.link);
  EXPECT_EQ(grown.start, built.start);
  EXPECT_EQ(grown.kinks, built.kinks);
  EXPECT_EQ(grown.birth, built.birth);
}

// A proton that scatters by half a radian leaves the angular filter; the likelihood's own angle follows it.
TEST(JointAssignment, FollowsAScatteringBeyondTheAngularFilter) {
  const auto detector = detector::read_detector("bergen-dtc");
  auto frame = problems::beam_frame(11, 30);
  const std::int64_t event = frame.hits.event[static_cast<std::size_t>(frame.begin(0))];
  float from_z = 0.0F;
  std::size_t moved = 0;
  for (std::int32_t layer = 0; layer < 16; ++layer)
    for (auto h = static_cast<std::size_t>(frame.begin(layer)); h < static_cast<std::size_t>(frame.end(layer)); ++h) {
      if (frame.hits.event[h] != event) continue;
      if (layer == 9) from_z = frame.hits.z[h];
      if (layer < 10) continue;
      frame.hits.x[h] += std::tan(0.5F) * (frame.hits.z[h] - from_z);
      ++moved;
    }
  ASSERT_EQ(moved, 6U) << "the track goes on far enough";
  const auto longest = [&](double link_angle) {
    Likelihood likelihood = fitted();
    likelihood.link_angle = link_angle;
    const JointAssignment joint(detector, likelihood, {}, {});
    const JointDecision decision = joint(frame, graph::build_hit_graph(frame, graph::hit_graph_config(detector)));
    std::int32_t n = 0;
    for (std::size_t s = 0; s < decision.graph.size(); ++s)
      n += decision.assigned[s] && frame.hits.event[static_cast<std::size_t>(decision.graph.deep[s])] == event &&
           frame.hits.event[static_cast<std::size_t>(decision.graph.shallow[s])] == event &&
           frame.hits.layer[static_cast<std::size_t>(decision.graph.deep[s])] < 16;
    return n;
  };
  EXPECT_LE(longest(0.0), 10) << "six of the fifteen links are outside the filter";
  EXPECT_EQ(longest(0.6), 15);
}

TEST(JointAssignment, TakesEmptyAndSingleLayerFrames) {
  const auto detector = detector::read_detector("bergen-dtc");
  const JointAssignment joint(detector, fitted(), {}, {});
  EXPECT_TRUE(joint(event::Frame{}, graph::build_hit_graph(event::Frame{})).assigned.empty());
  const auto flat = problems::beam_frame(1, 5, 1);
  EXPECT_TRUE(joint(flat, graph::build_hit_graph(flat)).assigned.empty());
  EXPECT_THROW(JointAssignment(detector, fitted(), {.min_confidence = 1.5}, {}), core::InputError);
}

}  // namespace
}  // namespace difftrack::track
