// SPDX-License-Identifier: Apache-2.0
// How far a joint decision is from its limits: its tracks beside those of the same search begun from truth, and beside
// what its own probabilities promise.
//   example_joint_limit FILE [PROTONS_PER_FRAME] [MIN_CONFIDENCE]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/graph/build_hit_graph.hpp"
#include "difftrack/track/build_tracks.hpp"
#include "difftrack/track/joint/fit_likelihood.hpp"
#include "difftrack/track/joint/joint_search.hpp"
#include "difftrack/track/joint/link_confidence.hpp"
#include "difftrack/track/metrics.hpp"

using namespace difftrack;
using track::Links;

int main(int argc, char** argv) {
  const int per_frame = argc > 2 ? std::atoi(argv[2]) : 100;
  const double min_confidence = argc > 3 ? std::atof(argv[3]) : 0.8;
  const detector::Detector detector = detector::read_detector("bergen-dtc");
  const auto likelihood = track::read_likelihood(core::find_shipped("likelihoods", detector.name, ".safetensors"));
  const track::TransportExpectation expectation(detector, {});
  detector::FrameReader reader(argv[1], detector, {.per_frame = per_frame});
  std::vector<track::FrameCounts> counts[2];
  double energies[2] = {0.0, 0.0}, expected = 0.0, tracks = 0.0;
  for (event::Frame frame; reader.next(frame);) {
    const auto graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
    const auto energy = track::build_frame_energy(frame, graph, likelihood, expectation);
    for (const int from_truth : {0, 1}) {
      track::LayerPairs pairs(frame, graph, energy);
      const int first = std::min(detector.n_tracker_layers, frame.n_layers() - 2);
      Links links = from_truth ? track::true_links(frame.hits, graph)
                               : pairs.start(first, expectation.beam(frame, expectation.range(frame), first));
      track::lower_energy(frame, graph, energy, {}, pairs, links);
      energies[from_truth] += total_energy(energy, graph, links);
      const auto sure = link_confidence(frame, graph, energy, pairs, {.min_confidence = min_confidence}, links);
      const auto assigned = assigned_of(links, graph.size());
      const auto found = track::filter_tracks(frame, track::build_tracks(frame, graph, assigned), detector.thresholds);
      counts[from_truth].push_back(track::evaluate_tracks(frame, found, detector.thresholds, &graph, assigned));
      for (std::size_t t = 0; t < found.size() && !from_truth; ++t, tracks += 1.0)
        expected += static_cast<double>(sure.chain[static_cast<std::size_t>(found.hits[t].front())]);
    }
  }
  for (const int from_truth : {0, 1}) {
    const track::Metrics m = track::summarise(counts[from_truth]);
    std::printf("%-11s energy %.1f per frame, strict %.1f / %.1f %%\n", from_truth ? "from truth" : "as it is",
                energies[from_truth] / static_cast<double>(m.frames), 100 * m.strict_purity.value,
                100 * m.strict_efficiency.value);
  }
  std::printf("expected of one particle: %.1f %% of the tracks\n", 100 * expected / tracks);
}
