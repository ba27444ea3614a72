// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "difftrack/learn/agent/pointer_network.hpp"

namespace difftrack::learn {

/// One frame embedded once, for any number of decisions in it. Losses of many decisions are added in pieces, so that
/// memory is that of one piece; gradients are those of all at once.
class EmbeddingPass {
 public:
  /// The network outlives this. Under torch::NoGradGuard for decisions alone.
  EmbeddingPass(AgentNetwork& network, AgentFrame frame)
      : network_(network), frame_(std::move(frame)), embedding_(network.embed(frame_)), leaf_(embedding_.detach()) {
    leaf_.requires_grad_(embedding_.requires_grad());
  }

  /// What the network says of walkers.
  AgentDecisions decide(const event::Frame& frame, std::span<const AgentMove> moves) {
    return network_.decide(frame_, leaf_, observe(frame, moves));
  }

  /// Adds up the gradients of loss(first, last) over pieces of [0, n); returns the sum of the losses.
  template <class Loss>
  double backward(std::size_t n, const Loss& loss) {
    constexpr std::size_t kPiece = 128;  // decisions
    double sum = 0.0;
    for (std::size_t first = 0; first < n; first += kPiece) {
      const torch::Tensor piece = loss(first, std::min(n, first + kPiece));
      piece.backward();
      sum += piece.template item<double>();
    }
    embedding_.backward(leaf_.grad());
    return sum;
  }

 private:
  AgentNetwork& network_;
  AgentFrame frame_;
  torch::Tensor embedding_, leaf_;
};

}  // namespace difftrack::learn
