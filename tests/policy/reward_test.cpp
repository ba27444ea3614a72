// SPDX-License-Identifier: Apache-2.0
// Does the reward, which knows no truth, order methods as strict F1 does? On hits of Geant4 11.4 in the Bergen DTC
// (tests/data/README.md) and on simulated frames, with the likelihood that is shipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/policy/policy_assignment.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/metrics.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"
#include "tests/support/paths.hpp"

namespace difftrack::policy {
namespace {

/// What a method reaches over all frames.
struct Standing {
  std::string method;
  double reward = 0.0;  // [nats] per hit
  double kinks = 0.0;   // mean of the published objective's sum per frame, Σ θ² / 2 σ²
  double f1 = 0.0;      // strict
  double purity = 0.0, efficiency = 0.0;
};

using Choose = std::function<std::vector<std::uint8_t>(const event::Frame&, const graph::HitGraph&)>;

class Reward : public testing::TestWithParam<int> {
 protected:
  Standing standing(const std::string& method, const Choose& choose) const {
    const detector::Detector detector = detector::read_detector("bergen-dtc");
    const track::Likelihood likelihood = read_shipped();
    const track::ProtonExpectation expectation(detector, {});
    const auto table =
        event::read_table(paths::source() + "/tests/data/geant4_water" + std::to_string(GetParam()) + ".npz");
    const auto merged = detector::merge_steps(detector::steps_from_table(table, detector), detector.thresholds);
    Standing result{method};
    std::vector<track::FrameCounts> counts;
    double hits = 0.0;
    for (const auto& frame : detector::build_frames(merged.hits, {.per_frame = 100, .keep_partial = false}).frames) {
      const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
      const auto energy = track::build_frame_energy(frame, graph, likelihood, expectation);
      const auto assigned = choose(frame, graph);
      const track::Links links = track::links_of(graph, assigned, frame.hits.size());
      const auto planes = expectation.planes(expectation.range(frame), frame.n_layers());
      result.reward += track::total_energy(energy, graph, track::Links::none(frame.hits.size())) -
                       track::total_energy(energy, graph, links);
      hits += static_cast<double>(frame.hits.size());
      for (std::size_t h = 0; h < frame.hits.size(); ++h) {
        const double width = planes[static_cast<std::size_t>(frame.hits.layer[h])].kink;
        if (links.up[h] != track::kNoSegment && links.down[h] != track::kNoSegment)
          result.kinks +=
              0.5 * static_cast<double>(track::squared_chord(graph, links.up[h], links.down[h])) / (width * width);
      }
      const auto tracks = track::filter_tracks(frame, track::build_tracks(frame, graph, assigned), detector.thresholds);
      counts.push_back(track::evaluate_tracks(frame, tracks, detector.thresholds, &graph, assigned));
    }
    const track::Metrics metrics = track::summarise(counts);
    result.reward /= hits;
    result.kinks /= static_cast<double>(counts.size());
    result.purity = metrics.strict_purity.value;
    result.efficiency = metrics.strict_efficiency.value;
    result.f1 = 2.0 * result.purity * result.efficiency / (result.purity + result.efficiency);
    std::printf("%3d mm %-18s reward %7.4f nats per hit, kinks %6.0f, strict %.1f / %.1f, F1 %.1f %%\n", GetParam(),
                method.c_str(), result.reward, result.kinks, 100 * result.purity, 100 * result.efficiency,
                100 * result.f1);
    return result;
  }

  static track::Likelihood read_shipped() {
    return track::read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors"));
  }
};

TEST_P(Reward, OrdersMethodsAsStrictF1Does) {
  const detector::Detector detector = detector::read_detector("bergen-dtc");
  const track::PhysicsAssignment physics(detector);
  track::Likelihood narrow = read_shipped();
  narrow.link_angle = 0.0;  // links within the angular filter alone, as all methods here have them
  const track::JointAssignment joint(detector, narrow, {.min_confidence = 0.0}, {});
  const PolicyAssignment deepest(detector, read_shipped(), {.order = Order::Deepest}, {});
  const PolicyAssignment floor(detector, read_shipped(), {.order = Order::Calorimeter}, {});
  std::vector<Standing> all;
  all.push_back(standing("straight, deep", [&](const auto& frame, const auto& graph) {
    return track::assign_by_straightness(frame, graph, {.from = track::Side::Deep}).assigned;
  }));
  all.push_back(standing("policy, deepest", [&](const auto& f, const auto& g) { return deepest(f, g).assigned; }));
  all.push_back(standing("policy", [&](const auto& f, const auto& g) { return floor(f, g).assigned; }));
  all.push_back(standing("physics", [&](const auto& f, const auto& g) { return physics(f, g).assigned; }));
  all.push_back(standing("joint", [&](const auto& f, const auto& g) { return joint(f, g).assigned; }));
  const Standing truth = standing("truth", [&](const auto& frame, const auto& graph) {
    return track::assigned_of(track::true_links(frame.hits, graph), graph.size());
  });
  for (const Standing& a : all)
    for (const Standing& b : all)
      if (a.f1 > b.f1 + 0.02) {
        EXPECT_GT(a.reward, b.reward) << a.method << " " << b.method;
      }
  const auto best = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) { return a.reward < b.reward; });
  EXPECT_EQ(best->method, "joint");
  EXPECT_LT(best->reward, 1.02 * truth.reward) << "hardly above truth: nothing is gained by overshooting it";
  EXPECT_GT(all[2].f1, 0.75) << "the policy without parameters is a floor, not a ruin";
}

INSTANTIATE_TEST_SUITE_P(Water, Reward, testing::Values(100, 200));

}  // namespace
}  // namespace difftrack::policy
