// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/description.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::network {

/// A network ready for inference: hit graph → logit of every segment. BatchNorm uses the running statistics.
/// Immutable after construction: one scorer serves any number of threads, each with its own workspace.
class SegmentScorer {
 public:
  /// How the logits are computed.
  enum class Path : unsigned char {
    Fast,       ///< fused kernels where the network has them, else the general path (registry.hpp)
    Reference,  ///< the general path: plain double precision with explicit edges
  };

  /// Scratch space, grown as needed and reused between frames.
  class Workspace {
   public:
    Workspace();
    ~Workspace();
    Workspace(Workspace&&) noexcept;
    Workspace& operator=(Workspace&&) noexcept;

   private:
    friend class SegmentScorer;
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
  };

  /// The network is what description_of() finds. Throws InputError with `source`, option or tensor when it is bad or
  /// the shapes do not fit it.
  explicit SegmentScorer(const Weights& weights, const std::string& source = "model", Path path = Path::Fast);
  ~SegmentScorer();
  SegmentScorer(SegmentScorer&&) noexcept;
  SegmentScorer& operator=(SegmentScorer&&) noexcept;

  /// Logits, one per segment; the probability that a segment is true is 1 / (1 + exp(−logit)). Throws InputError where
  /// the graph is gated and the network was not made for it, or the other way round (check_kinks()).
  std::vector<float> operator()(const event::Frame& frame, const graph::HitGraph& graph, Workspace& workspace) const;

  /// The network, everything said.
  const Description& description() const;
  /// How it is computed: "kernels" or "general".
  std::string_view implementation() const;

 private:
  struct Model;
  std::unique_ptr<const Model> model_;
};

}  // namespace difftrack::network
