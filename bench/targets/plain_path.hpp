// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::bench {

/// The same reconstruction with the network in plain LibTorch on one thread: explicit line graph, edge-feature tensor.
class PlainPath {
 public:
  explicit PlainPath(const network::Weights& weights);
  ~PlainPath();

  void reconstruct(const event::Frame& frame);
  /// The network alone, graph tensors included.
  std::vector<float> logits(const event::Frame& frame, const graph::HitGraph& graph);
  /// Its logits equal the fast ones but for the rounding of float32 angles near zero: 99 % within 0.1
  /// (tests/data/golden/README.md).
  bool agrees(const event::Frame& frame);

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace difftrack::bench
