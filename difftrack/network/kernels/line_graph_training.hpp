// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"

namespace difftrack::network::kernels {

/// What one frame's forward pass leaves for its backward pass; reusable for any number of frames, one per thread.
/// Memory: about 1.1 KB per segment and 12 bytes per kink at hidden 16.
class TrainingWorkspace {
 public:
  TrainingWorkspace();
  ~TrainingWorkspace();
  TrainingWorkspace(TrainingWorkspace&&) noexcept;
  TrainingWorkspace& operator=(TrainingWorkspace&&) noexcept;

  struct Buffers;
  Buffers& buffers() { return *buffers_; }
  const Buffers& buffers() const { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

/// True for the hidden widths that have kernels: 16, 32, 64.
bool has_training_kernels(int hidden);

/// Logits of all segments, shape (n_segments). `parameters` and `statistics` are flat as in line_graph_layout(hidden);
/// `statistics` are the running ones, or the frame's in Given mode; in Frame mode they are not read (may be empty).
void training_forward(int hidden, std::span<const float> parameters, std::span<const float> statistics,
                      const LineGraphView& view, BatchNormMode mode, TrainingWorkspace& workspace,
                      std::span<float> logits);

/// Gradient of Σ grad_logits · logits with respect to every parameter, *added* to `grad_parameters`. Follows a
/// training_forward with the same arguments and workspace.
void training_backward(int hidden, std::span<const float> parameters, const LineGraphView& view,
                       TrainingWorkspace& workspace, std::span<const float> grad_logits,
                       std::span<float> grad_parameters);

/// PyTorch's update of the running statistics with the frame of the last training_forward in Frame mode:
/// r ← (1 − momentum) r + momentum s, where s is the mean or the unbiased variance. Layers without rows are left alone.
/// Frames may run on different threads; call this for each in order afterwards.
void update_running_statistics(int hidden, const TrainingWorkspace& workspace, std::span<float> statistics,
                               float momentum = 0.1F);

}  // namespace difftrack::network::kernels
