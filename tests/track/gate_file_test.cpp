// SPDX-License-Identifier: Apache-2.0
/// Methods without a network on the real GATE/Geant4 file of the 3 mm aluminium stack (skipped where it is absent).
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/detector/steps/steps_from_table.hpp"
#include "difftrack/event/io/read_table.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/follower.hpp"
#include "difftrack/track/metrics.hpp"
#include "difftrack/track/physics_assignment.hpp"
#include "difftrack/track/straightness.hpp"

namespace difftrack::track {
namespace {

class GateFile : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const std::string path = DIFFTRACK_SHARED_DIR "/data/gate_dtc_al3mm_water250_250MeV.npz";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not on this machine";
    detector_ = detector::read_detector("gate-3mm-al");
    const auto steps = detector::steps_from_table(event::read_table(path), detector_);
    const auto merged = detector::merge_steps(steps, detector_.thresholds);
    frames_ = detector::build_frames(merged.hits, {.per_frame = GetParam(), .keep_partial = false}).frames;
  }

  detector::Detector detector_;
  std::vector<event::Frame> frames_;
};

/// Runs `tracks_of(frame, graph, assigned)` over all frames; `assigned` stays empty for methods without segments.
template <class Method>
Metrics evaluate(const std::vector<event::Frame>& frames, const detector::Detector& detector, const char* name,
                 Method tracks_of) {
  std::vector<FrameCounts> counts;
  for (const auto& frame : frames) {
    const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
    std::vector<std::uint8_t> assigned;
    const auto tracks = filter_tracks(frame, tracks_of(frame, graph, assigned), detector.thresholds);
    counts.push_back(evaluate_tracks(frame, tracks, detector.thresholds, &graph, assigned));
  }
  const Metrics metrics = summarise(counts);
  std::printf("%-14s %3d per frame: published %.1f / %.1f, strict %.1f / %.1f, segments %.2f / %.3f %%\n", name,
              static_cast<int>(frames[0].n_events), 100 * metrics.published_purity.value,
              100 * metrics.published_efficiency.value, 100 * metrics.strict_purity.value,
              100 * metrics.strict_efficiency.value, 100 * metrics.segment_tpr.value, 100 * metrics.segment_fpr.value);
  return metrics;
}

/// Published purity and efficiency at 50, 100, 150 per frame.
struct Figures {
  double purity, efficiency;
};
Figures at(const std::array<Figures, 3>& table, int per_frame) {
  return table[static_cast<std::size_t>(per_frame / 50 - 1)];
}

TEST_P(GateFile, PhysicsAloneIsAtLeastAsGoodAsTheSketch) {
  // The sketch of issue 5; purity may lie a point below it.
  const Figures sketch = at({{{0.954, 0.852}, {0.929, 0.825}, {0.906, 0.799}}}, GetParam());
  const PhysicsAssignment physics(detector_, {.beam_energy = 250.0, .phantom_centre_z = -125.0});
  const auto metrics =
      evaluate(frames_, detector_, "physics", [&](const auto& frame, const auto& graph, auto& assigned) {
        const auto result = physics(frame, graph);
        assigned = result.assigned;
        return build_tracks(frame, graph, result.assigned, result.scores);
      });
  EXPECT_GT(metrics.published_purity.value, sketch.purity - 0.01);
  EXPECT_GT(metrics.published_efficiency.value, sketch.efficiency);
}

TEST_P(GateFile, StraightnessIsBetterFromTheFront) {
  std::array<Metrics, 2> metrics;
  for (std::size_t i = 0; i < 2; ++i)
    metrics[i] = evaluate(frames_, detector_, i == 0 ? "straight" : "straight, deep",
                          [&](const auto& frame, const auto& graph, auto& assigned) {
                            const auto result =
                                assign_by_straightness(frame, graph, {.from = i == 0 ? Side::Front : Side::Deep});
                            assigned = result.assigned;
                            return build_tracks(frame, graph, result.assigned, result.scores);
                          });
  EXPECT_GT(metrics[0].published_purity.value, metrics[1].published_purity.value);
  EXPECT_GT(metrics[0].published_efficiency.value, metrics[1].published_efficiency.value);
}

TEST_P(GateFile, FollowerLiesWhereItIsPublished) {
  // Published for the Bergen DTC behind 200 mm of water (docs/method.md section 7): 91.2/83.8, 87.4/80.3, 84.7/77.7;
  // another detector, so only the neighbourhood is asked for.
  const Figures published = at({{{0.912, 0.838}, {0.874, 0.803}, {0.847, 0.777}}}, GetParam());
  const TrackFollower follower;
  const auto metrics =
      evaluate(frames_, detector_, "follower", [&](const auto& frame, const auto&, auto&) { return follower(frame); });
  EXPECT_NEAR(metrics.published_purity.value, published.purity, 0.06);
  EXPECT_NEAR(metrics.published_efficiency.value, published.efficiency, 0.06);
}

INSTANTIATE_TEST_SUITE_P(PerFrame, GateFile, testing::Values(50, 100, 150));

}  // namespace
}  // namespace difftrack::track
