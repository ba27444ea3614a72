// SPDX-License-Identifier: Apache-2.0
// A detector of your own: six planes of silicon with 20 mm of water between them, described in TOML. A few protons are
// sent through it; their steps become hits, hits become frames, frames become tracks without any network.
#include <cstdio>
#include <exception>

#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/frames/steps_to_hits.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"
#include "difftrack/simulate/simulation.hpp"
#include "difftrack/track/straightness.hpp"

using namespace difftrack;

constexpr const char* kDescription = R"(
name = "six-planes"
title = "six planes of silicon"
source_z = -100.0                                   # mm
pixels = { columns = 2000, rows = 2000, half_width = 30.0, half_height = 30.0, pitch_x = 0.03, pitch_y = 0.03 }
mapping = { form = "position" }
[materials]
silicon = { density = 2.33, elements = { Si = 1.0 } }
water = { density = 1.0, elements = { H = 0.1119, O = 0.8881 }, mean_excitation_energy = 78.0 }
[stacks]
plane = [["silicon", 0.025, "sensitive"], ["water", 20.0]]
[[layers]]
stack = "plane"
front_z = 0.0
count = 6
[thresholds]
last_hit_edep = 0.0                                 # protons leave it at the back
min_track_hits = 4
)";

int main() try {
  // [snippet own detector]
  const detector::Detector detector = detector::parse_detector(kDescription, "six-planes");
  const simulate::Simulation simulation({.phantom = "none", .primaries = 40, .beam = {.energy = 200.0}}, detector);
  const event::Hits hits = detector::StepMerger(detector)(simulation.run());
  const auto frames = detector::build_frames(hits, {.per_frame = 20}).frames;
  // [end]
  const reconstruct::SegmentReconstruction reconstruct(
      detector, [](const auto& frame, const auto& graph) { return track::assign_by_straightness(frame, graph); });
  reconstruct::ReconstructFrame::Workspace workspace;
  std::size_t n_tracks = 0;
  for (const event::Frame& frame : frames) {
    const auto tracks = reconstruct(frame, workspace).tracks;
    std::printf("frame %ld: %d protons, %zu hits, %zu tracks\n", frame.index, frame.n_events, frame.hits.size(),
                tracks.size());
    n_tracks += tracks.size();
  }
  return n_tracks > 20 ? 0 : 1;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 2;
}
