// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/kernels/aligned_vector.hpp"
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

/// The piece of the network's function that the parameters are on, for one frame: the side of every LeakyReLU and the
/// edge that won every maximum. As a function of the parameters the network is made of smooth pieces (with BatchNorm
/// rational ones), whose borders are where a LeakyReLU changes sides or a maximum its winner. Passes that hold a
/// pattern go on with its piece beyond the borders, so that gradients can be compared at two points without the jumps
/// between. Memory at hidden 16: 4 bytes per directed edge (two per kink) and 74 per segment.
struct ActivationPattern {
  std::size_t n_segments = 0, n_kinks = 0;  ///< of the frame
  int hidden = 0;                           ///< width of the network
  AlignedVector<std::int32_t> best;         ///< (segments, hidden) and some more: edge 2 · kink + direction, or −1
  std::array<std::vector<std::uint8_t>, 2> edges;  ///< behind R1's first and second layer: `hidden` bits per edge
  std::array<std::vector<std::uint8_t>, 6> nodes;  ///< of O and R2, per segment; that without LeakyReLU is empty

  /// Room for the sides of `rows` rows; whole tiles and words are read past the end.
  static std::size_t bytes_for(std::size_t rows, int hidden) {
    return (rows + 8) * static_cast<std::size_t>(hidden) / 8 + 8;
  }
  std::size_t bytes() const;  ///< all in all
};

/// True for the hidden widths that have kernels: 16, 32, 64.
bool has_training_kernels(int hidden);

/// Logits of all segments, shape (n_segments). `parameters` and `statistics` are flat as in line_graph_layout(hidden);
/// `statistics` are the running ones, or the frame's in Given mode; in Frame mode they are not read (may be empty).
/// `held`: a pattern of this frame, which the pass and its backward pass stay on; it must outlive both. At the
/// parameters where it was recorded nothing changes, to the bit. Throws std::invalid_argument for one of another frame
/// or width.
void training_forward(int hidden, std::span<const float> parameters, std::span<const float> statistics,
                      const LineGraphView& view, BatchNormMode mode, TrainingWorkspace& workspace,
                      std::span<float> logits, const ActivationPattern* held = nullptr);

/// The pattern of the training_forward before, which had the same view and workspace and held none.
ActivationPattern record_pattern(const LineGraphView& view, TrainingWorkspace& workspace);

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
