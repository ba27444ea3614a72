// SPDX-License-Identifier: Apache-2.0
// A method of your own beside the network's: segments that run along the beam are cheap, all else is the library's.
// Both methods see the same frames of protons behind 100 mm of water; the metrics need the simulation's truth.
#include <cmath>
#include <cstdio>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/track/metrics.hpp"

using namespace difftrack;

namespace {

// [snippet own method]
// Y and a score for every segment; uz is the cosine of its angle to the beam.
track::SegmentAssignment along_the_beam(const event::Frame& frame, const graph::HitGraph& graph) {
  std::vector<float> scores;
  for (const float uz : graph.uz) scores.push_back(std::abs(uz));
  const assign::Segments segments{graph.deep, graph.shallow, graph.pair_begin,
                                  static_cast<std::int32_t>(frame.hits.size())};
  return {assign::assign_layers(segments, scores, {.threads = 1}).assigned, scores};
}
// [end]

double print_purity(const char* name, const reconstruct::ReconstructFrame& method, const detector::Detector& detector,
                    const std::vector<event::Frame>& frames) {
  reconstruct::ReconstructFrame::Workspace workspace;
  std::vector<track::FrameCounts> counts;
  for (const event::Frame& frame : frames) {
    const auto result = method(frame, workspace);
    counts.push_back(track::evaluate_tracks(frame, result.tracks, detector.thresholds, &result.graph, result.assigned));
  }
  const track::Metrics metrics = track::summarise(counts);
  std::printf("%-15s purity %5.1f %%   efficiency %5.1f %%\n", name, 100 * metrics.strict_purity.value,
              100 * metrics.strict_efficiency.value);
  return metrics.strict_purity.value;
}

}  // namespace

int main() {
  const simulate::Simulation simulation({.phantom = "water:100", .primaries = 400, .seed = 2});
  const detector::Detector& detector = simulation.detector();
  const event::Hits hits = detector::StepMerger(detector)(simulation.run());
  const auto frames = detector::build_frames(hits, {.per_frame = 50}).frames;

  const auto model = core::find_shipped("models", detector.name, ".safetensors");
  const reconstruct::NetworkReconstruction network(detector, network::SegmentScorer(network::read_weights(model)), {});
  const double theirs = print_purity("network", network, detector, frames);
  const reconstruct::SegmentReconstruction own(detector, along_the_beam);
  const double ours = print_purity("along the beam", own, detector, frames);
  return ours > 0.0 && theirs > ours ? 0 : 1;
}
