// SPDX-License-Identifier: Apache-2.0
// Tracks that go on over a plane without a hit of their own.
#include "difftrack/track/joint/bridges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "difftrack/core/error.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "tests/problems/beam_frames.hpp"
#include "tests/problems/frames.hpp"

namespace difftrack::track {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The frame without the hits for which `lost` holds.
template <class Lost>
event::Frame without(const event::Frame& frame, const Lost& lost) {
  event::Frame result;
  result.n_events = frame.n_events;
  result.group_begin.push_back(0);
  for (std::int32_t layer = frame.n_layers() - 1; layer >= 0; --layer) {
    for (auto h = at(frame.begin(layer)); h < at(frame.end(layer)); ++h) {
      const auto& from = frame.hits;
      auto& to = result.hits;
      if (lost(layer, from.event[h])) continue;
      to.x.push_back(from.x[h]), to.y.push_back(from.y[h]), to.z.push_back(from.z[h]), to.edep.push_back(from.edep[h]);
      to.layer.push_back(layer), to.cluster_size.push_back(from.cluster_size[h]);
      to.id.push_back(static_cast<std::int64_t>(to.id.size())), to.event.push_back(from.event[h]);
      to.particle.push_back(1), to.pdg.push_back(2212), to.primary.push_back(1);
    }
    result.group_begin.push_back(static_cast<std::int32_t>(result.hits.size()));
  }
  return result;
}

struct Scene {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  Likelihood likelihood = read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));

  JointDecision decide(const event::Frame& frame, double missing_hits) const {
    const JointAssignment joint(detector, likelihood, {.missing_hits = missing_hits}, {});
    return joint(frame, graph::build_hit_graph(frame, graph::hit_graph_config(detector)));
  }
};

// Of twenty protons every other one has no hit in plane 9: each is found again behind it, as itself.
TEST(Bridges, JoinWhatLeftNoHitInAPlane) {
  const Scene scene;
  const event::Frame whole = problems::beam_frame(3, 20);
  std::set<std::int64_t> with_gap;
  for (auto h = whole.begin(10); h < whole.end(10); ++h)
    if (whole.hits.event[at(h)] % 2 == 0) with_gap.insert(whole.hits.event[at(h)]);
  const event::Frame frame =
      without(whole, [](std::int32_t layer, std::int64_t event) { return layer == 9 && event % 2 == 0; });
  ASSERT_GE(with_gap.size(), 7U);

  const JointDecision decision = scene.decide(frame, 5e-4);
  std::set<std::int64_t> joined;
  for (const Bridge& bridge : decision.bridges) {
    EXPECT_EQ(frame.hits.event[at(bridge.from)], frame.hits.event[at(bridge.to)]);
    EXPECT_EQ(frame.hits.layer[at(bridge.to)], frame.hits.layer[at(bridge.from)] + 2);
    EXPECT_GE(bridge.confidence, 0.8F);
    if (frame.hits.layer[at(bridge.from)] == 8) joined.insert(frame.hits.event[at(bridge.from)]);
    // One probability for the whole chain, and no more than the bridge's.
    EXPECT_EQ(decision.confidence.chain[at(bridge.from)], decision.confidence.chain[at(bridge.to)]);
    EXPECT_LE(decision.confidence.chain[at(bridge.to)], bridge.confidence);
  }
  EXPECT_GE(joined.size() + 1, with_gap.size());

  // On the tracks both parts are one.
  const event::Tracks tracks =
      build_tracks(frame, decision.graph, decision.assigned, decision.scores, decision.bridges);
  std::size_t over = 0;
  for (std::size_t t = 0; t < tracks.size(); ++t)
    for (std::size_t i = 1; i < tracks.hits[t].size(); ++i) {
      const std::int32_t step = frame.hits.layer[at(tracks.hits[t][i])] - frame.hits.layer[at(tracks.hits[t][i - 1])];
      EXPECT_TRUE(step == 1 || step == 2);
      over += step == 2;
    }
  EXPECT_EQ(over, decision.bridges.size());

  EXPECT_TRUE(scene.decide(frame, 0.0).bridges.empty()) << "0 means that tracks end where a hit is missing";
}

// Where all hits are there, no bridge is needed, and where two chains end side by side none is sure.
TEST(Bridges, AreRareWhereNothingIsMissing) {
  const Scene scene;
  const event::Frame frame = problems::beam_frame(4, 60);
  std::size_t wrong = 0;
  for (const Bridge& bridge : scene.decide(frame, 5e-4).bridges)
    wrong += frame.hits.event[at(bridge.from)] != frame.hits.event[at(bridge.to)];
  EXPECT_LE(wrong, 1U);
}

TEST(Bridges, OfNothingAreNone) {
  const Scene scene;
  EXPECT_TRUE(scene.decide(event::Frame{}, 5e-4).bridges.empty());
  EXPECT_TRUE(scene.decide(problems::beam_frame(1, 5, 2), 5e-4).bridges.empty());
  EXPECT_THROW(scene.decide(event::Frame{}, 0.7), core::InputError);
}

TEST(BuildTracks, RefusesABridgeFromAHitThatGoesOn) {
  const auto frame = problems::made_frame(problems::straight_tracks({0.0F}, 6));
  const auto graph = graph::build_hit_graph(frame);
  const auto assigned = problems::truth_assignment(frame, graph);
  const std::vector<Bridge> bridges{{frame.begin(1), frame.begin(3), 0.9F}};
  EXPECT_THROW(build_tracks(frame, graph, assigned, {}, bridges), core::InputError);
  const std::vector<std::uint8_t> none(graph.size(), 0);
  const auto tracks = build_tracks(frame, graph, none, {}, bridges);
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks.hits[0].size(), 2U);
  EXPECT_FLOAT_EQ(tracks.score[0], 0.9F);
}

}  // namespace
}  // namespace difftrack::track
