// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/core/shipped_files.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/policy/reward_model.hpp"
#include "difftrack/track/joint/likelihood.hpp"
#include "tests/problems/beam_frames.hpp"

namespace difftrack::policy {

/// A frame of 40 tracks with the shipped likelihood.
struct BeamProblem {
  detector::Detector detector = detector::read_detector("bergen-dtc");
  event::Frame frame = problems::beam_frame(5, 40);
  graph::HitGraph graph = graph::build_hit_graph(frame, graph::hit_graph_config(detector));
  track::TransportExpectation expectation{detector, {}};
  track::FrameEnergy energy = track::build_frame_energy(
      frame, graph, track::read_likelihood(core::find_shipped("likelihoods", "bergen-dtc", ".safetensors")),
      expectation);
  track::BeamExpectation beam = expectation.beam(frame, expectation.range(frame), detector.n_tracker_layers);

  Environment environment(Order order) const { return {frame, graph, energy, order, detector.n_tracker_layers, &beam}; }
};

inline const BeamProblem& beam_problem() {
  static const BeamProblem problem;
  return problem;
}

}  // namespace difftrack::policy
