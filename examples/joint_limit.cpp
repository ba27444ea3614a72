// SPDX-License-Identifier: Apache-2.0
// How far a joint decision is from its limits: its tracks beside those of the same search begun from truth, beside
// truth itself, and beside what its own probabilities promise.
//   example_joint_limit FILE [PROTONS_PER_FRAME]
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/joint_assignment.hpp"
#include "difftrack/track/metrics.hpp"

using namespace difftrack;

namespace {

/// One way to decide, summed over frames.
struct Way {
  const char* name;
  track::JointConfig config;
  bool from_truth;
  std::vector<track::FrameCounts> counts = std::vector<track::FrameCounts>();
  double energy = 0.0;                  // of the answer before doubtful links are cut
  double promised = 0.0, tracks = 0.0;  // confidence of accepted tracks, summed; how many

  void add(const event::Frame& frame, const detector::Detector& detector, const track::Likelihood& likelihood) {
    const track::JointAssignment joint(detector, likelihood, config, {});
    track::JointState state = joint.search(frame, graph::build_hit_graph(frame, graph::hit_graph_config(detector)));
    if (from_truth) {
      state.links = track::true_links(frame.hits, state.graph);
      joint.search_on(frame, state);
    }
    energy += total_energy(state.energy, state.graph, state.links);
    const track::JointDecision d = joint.conclude(frame, std::move(state));
    auto found = track::filter_tracks(frame, track::build_tracks(frame, d.graph, d.assigned, d.scores, d.bridges),
                                      detector.thresholds);
    for (std::size_t t = 0; t < found.size(); ++t)
      found.confidence.push_back(d.confidence.chain[static_cast<std::size_t>(found.hits[t].front())]);
    found = track::without_doubtful(found, config.least_confidence(likelihood.particle));
    for (const float each : found.confidence) promised += static_cast<double>(each), tracks += 1.0;
    counts.push_back(track::evaluate_tracks(frame, found, detector.thresholds));
  }

  void print() const {
    const track::Metrics m = track::summarise(counts);
    std::printf("%-22s energy %9.1f per frame, strict %.1f / %.1f %%, promised %.1f %%\n", name,
                energy / static_cast<double>(m.frames), 100 * m.strict_purity.value, 100 * m.strict_efficiency.value,
                100 * promised / tracks);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const int per_frame = argc > 2 ? std::atoi(argv[2]) : 100;
  const detector::Detector detector = detector::read_detector("bergen-dtc");
  const auto likelihood = track::read_likelihood(core::find_shipped("likelihoods", detector.name, ".safetensors"));
  track::JointConfig all;
  all.min_confidence = 0.0;
  all.min_track_confidence = 0.0;
  track::JointConfig links;
  links.min_track_confidence = 0.0;
  Way ways[] = {{"every link and track", all, false},
                {"doubtful links cut", links, false},
                {"default", {}, false},
                {"default, from truth", {}, true}};
  std::vector<track::FrameCounts> truth;
  detector::FrameReader reader(argv[1], detector, {.per_frame = per_frame, .keep_partial = false});
  for (event::Frame frame; reader.next(frame);) {
    for (Way& way : ways) way.add(frame, detector, likelihood);
    // The true links that segments up to the likelihood's own angle have.
    const auto wide = graph::build_hit_graph(frame, track::joint_graph_config(detector, likelihood.link_angle));
    const auto assigned = assigned_of(track::true_links(frame.hits, wide), wide.size());
    const auto found = track::filter_tracks(frame, track::build_tracks(frame, wide, assigned), detector.thresholds);
    truth.push_back(track::evaluate_tracks(frame, found, detector.thresholds));
  }
  for (const Way& way : ways) way.print();
  const track::Metrics m = track::summarise(truth);
  std::printf("%-22s strict %.1f / %.1f %%\n", "true links up to 0.6 rad", 100 * m.strict_purity.value,
              100 * m.strict_efficiency.value);
}
