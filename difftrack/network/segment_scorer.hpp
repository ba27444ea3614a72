// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "difftrack/event/frame.hpp"
#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::network {

/// A network ready for inference: hit graph → logit of every segment. BatchNorm uses the running statistics.
/// Immutable after construction: one scorer serves any number of threads, each with its own workspace.
class SegmentScorer {
 public:
  /// How the logits are computed.
  enum class Path : unsigned char {
    Fast,       ///< SIMD kernels where the network has them (line graph, hidden 16, 32 or 64), else the reference
    Reference,  ///< plain double precision with explicit kinks
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

  /// Throws InputError with `source` when the shapes do not fit a known network.
  explicit SegmentScorer(const Weights& weights, const std::string& source = "model", Path path = Path::Fast);
  ~SegmentScorer();
  SegmentScorer(SegmentScorer&&) noexcept;
  SegmentScorer& operator=(SegmentScorer&&) noexcept;

  /// Logits, one per segment; the probability that a segment is true is 1 / (1 + exp(−logit)).
  std::vector<float> operator()(const event::Frame& frame, const graph::HitGraph& graph, Workspace& workspace) const;

  /// Hidden width of the network.
  int hidden() const;

 private:
  struct Model;
  std::unique_ptr<const Model> model_;
};

}  // namespace difftrack::network
