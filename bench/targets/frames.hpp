// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/detector/frames/build_frames.hpp"
#include "difftrack/detector/response/merge_steps.hpp"
#include "difftrack/event/io/npz.hpp"
#include "difftrack/network/weights.hpp"
#include "difftrack/simulate/simulation.hpp"

namespace difftrack::bench {

inline const detector::Detector& bergen() {
  static const detector::Detector detector = detector::read_detector("bergen-dtc");
  return detector;
}

/// `n` frames of `per_frame` protons of 230 MeV behind `water` mm of water.
inline std::vector<event::Frame> simulated_frames(int water, int per_frame, int n, std::uint64_t seed) {
  simulate::SimulationConfig config;
  config.phantom = "water:" + std::to_string(water);
  config.primaries = static_cast<decltype(config.primaries)>(1.25 * n * per_frame) + 20;
  config.seed = static_cast<decltype(config.seed)>(seed);
  const event::Steps steps = simulate::Simulation(config).run();
  auto frames =
      detector::build_frames(detector::merge_steps(steps, bergen().thresholds).hits, {.per_frame = per_frame}).frames;
  frames.resize(static_cast<std::size_t>(n));
  return frames;
}

/// The golden network (tests/data/golden): a few hundred training steps, realistic scores.
inline network::Weights golden_weights() {
  const event::NpzFile file(std::string(DIFFTRACK_SOURCE_DIR) + "/tests/data/golden/weights_trained.npz");
  network::Weights weights;
  for (const std::string& key : file.keys()) {
    const auto array = file.read(key);
    weights.tensors[key] = {array.shape, array.as<float>()};
  }
  return weights;
}

}  // namespace difftrack::bench
