// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace difftrack::learn {

inline constexpr std::size_t kAttentionWidth = 64;  ///< columns of its rows

/// The attention of one GATv2 layer (Brody, Alon, Yahav, ICLR 2022), one head, over the full graph of a frame: messages
/// go from all hits of a layer to all hits of the next deeper one, and from every hit to itself. No torch, nothing kept
/// per edge but its weight; sums run in the order of the frame.
///
///   out_i = Σ_j w_ij s_j,   w_i = softmax_j of a · LeakyReLU(s_j + t_i),   j over the shallower layer and i itself,
/// with slope 0.2. `group_begin` as event::Frame has it: group g is one layer deeper than group g + 1.
struct GraphAttention {
  std::span<const std::int32_t> group_begin;
  const float* source;  ///< s, [hits, 64]
  const float* target;  ///< t, [hits, 64]
  const float* a;       ///< [64]

  /// Number of weights: one per edge, those of a hit to the shallower layer first, then its own.
  std::size_t n_weights() const;
  /// Fills `weights` [n_weights()] and `out` [hits, 64].
  void forward(float* weights, float* out) const;
  /// Adds to the three gradients, shaped as source, target and a, what `out_gradient` [hits, 64] makes of them;
  /// `weights` are those of forward().
  void backward(const float* weights, const float* out_gradient, float* source_gradient, float* target_gradient,
                float* a_gradient) const;
};

}  // namespace difftrack::learn
