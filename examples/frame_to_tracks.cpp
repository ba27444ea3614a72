// SPDX-License-Identifier: Apache-2.0
// From a file to tracks: reads a file of steps, hits or pixels frame by frame, reconstructs each frame with the network
// that ships for the detector and the physics of scattering together, and prints the tracks of the first one.
//   frame_to_tracks FILE [DETECTOR]
#include <cstdio>
#include <exception>
#include <string>

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/detector/frames/frame_reader.hpp"
#include "difftrack/network/scorer/segment_scorer.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

using namespace difftrack;

namespace {

void print(const event::Frame& frame, const event::Tracks& tracks) {
  const event::Hits& hits = frame.hits;
  std::printf("frame %ld: %zu hits, %zu tracks %s\n", frame.index, hits.size(), tracks.size(), tracks.why_none.c_str());
  if (frame.index > 0) return;
  std::printf("track  hits  score  first hit x, y, z [mm]      last layer\n");
  for (std::size_t t = 0; t < tracks.size(); ++t) {
    const auto first = static_cast<std::size_t>(tracks.hits[t].front());
    const auto last = static_cast<std::size_t>(tracks.hits[t].back());
    std::printf("%5zu %5zu  %.3f  %8.3f %8.3f %8.3f %10d\n", t, tracks.hits[t].size(),
                static_cast<double>(tracks.score[t]), static_cast<double>(hits.x[first]),
                static_cast<double>(hits.y[first]), static_cast<double>(hits.z[first]), hits.layer[last]);
  }
}

void run(const std::string& file, const std::string& detector_name) {
  // [snippet frame to tracks]
  const detector::Detector detector = detector::read_detector(detector_name);  // "bergen-dtc" or a .toml file
  const std::string model = core::find_shipped("models", detector.name, ".safetensors");
  const reconstruct::CombinedReconstruction reconstruct(detector, network::SegmentScorer(network::read_weights(model)),
                                                        {});

  detector::FrameReader reader(file, detector, {.per_frame = 100});
  network::SegmentScorer::Workspace workspace;  // one per thread
  for (event::Frame frame; reader.next(frame);) print(frame, reconstruct(frame, workspace).tracks);
  // [end]
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) return std::fprintf(stderr, "frame_to_tracks FILE [DETECTOR]\n"), 2;
  return run(argv[1], argc > 2 ? argv[2] : "bergen-dtc"), 0;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "%s\n", error.what()), 2;
}
