// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network {

/// Scratch memory of every implementation, one per thread, reusable.
struct ForwardWorkspace {
  kernels::InferenceWorkspace kernels;  ///< of the fused kernels; the general path needs none
};

/// A network with its numbers, ready to score; BatchNorm uses the running statistics. Immutable: any number of threads.
class Forward {
 public:
  virtual ~Forward() = default;
  /// Logits, one per segment.
  virtual std::vector<float> operator()(const event::Frame& frame, const graph::HitGraph& graph,
                                        ForwardWorkspace& workspace) const = 0;
};

/// One way to compute described networks without LibTorch. (With it, there is learn/models/graph_network.hpp.)
struct Implementation {
  std::string_view name;                 ///< "kernels" or "general"
  bool (*computes)(const Description&);  ///< whether it was made for a network; takes any description that is valid
  std::unique_ptr<const Forward> (*make)(const ParameterLayout&, const FlatParameters&);  ///< of a network it computes
};

/// All of them, the fastest first. The last one computes every network.
std::span<const Implementation> implementations();

/// Why a network has no fused kernels: the first option that is not as they need it.
struct Obstacle {
  std::string option, value;  ///< as the description has them
  std::string needed;         ///< what the kernels were made for, "16, 32 or 64"
};

/// Empty when the network has fused kernels for scoring.
std::optional<Obstacle> no_inference_kernels(const Description& description);
/// Empty when the network has fused kernels for training, forward and backward.
std::optional<Obstacle> no_training_kernels(const Description& description);

}  // namespace difftrack::network
