// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/description.hpp"

namespace difftrack::reconstruct {

/// The hit graph that a network's segments are scored on, in training as in use: the detector's angular filter, and of
/// a network that was described with it the gate of kinks (track/joint/kink_gate.hpp) by the likelihood of protons that
/// ships for the detector, with the range that the frame shows. Const, and safe to call from several threads.
class NetworkGraph {
 public:
  /// Throws InputError (kink_gate, value) where the gate needs a likelihood and none ships for the detector; `source`
  /// names the model or experiment.
  NetworkGraph(const detector::Detector& detector, const network::Description& description,
               const std::string& source = "");

  /// Throws InputError where a frame does not fit the likelihood: more layers, another particle.
  graph::HitGraph operator()(const event::Frame& frame) const;

 private:
  struct Gate;
  graph::HitGraphConfig filter_;
  std::shared_ptr<const Gate> gate_;  // none: all kinks
};

}  // namespace difftrack::reconstruct
