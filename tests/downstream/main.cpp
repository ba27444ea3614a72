// SPDX-License-Identifier: Apache-2.0
// Touches a room of each kind: assignment, described detectors, a shipped model, SIMD kernels; prints where the shipped
// files were found.
#include <cstdio>
#include <vector>

#include "difftrack/assign/sparse_lap.hpp"
#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/reconstruct/reconstruct_frame.hpp"

using namespace difftrack;

int main() {
  const assign::Problem problem{2, 2, {0, 2, 4}, {0, 1, 0, 1}, {1.0, 0.0, 0.0, 1.0}};
  if (assign::SparseLap()(problem).cost != 0.0) return 1;
  const auto detector = detector::read_detector("bergen-dtc");
  const auto model = core::find_shipped("models", detector.name, ".safetensors");
  const reconstruct::NetworkReconstruction reconstruct(detector, network::SegmentScorer(network::read_weights(model)),
                                                       {});
  reconstruct::ReconstructFrame::Workspace workspace;
  const auto result = reconstruct(event::Frame{}, workspace);
  std::printf("%s\n%s\n", model.c_str(), result.tracks.why_none.c_str());
  return result.tracks.why_none.empty() ? 1 : 0;
}
