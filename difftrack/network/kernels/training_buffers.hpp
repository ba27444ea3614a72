// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "difftrack/network/kernels/fold.hpp"
#include "difftrack/network/kernels/line_graph_training.hpp"

namespace difftrack::network::kernels {

/// BatchNorm and the Linear layer behind it, folded: z = weight^T (x − centre) + bias.
struct TrainedLayer {
  FixedNorm norm;
  AlignedVector<float> weight;       ///< (in, out): lanes are output channels in the forward pass
  AlignedVector<float> bias;         ///< (out)
  AlignedVector<float> weight_back;  ///< (out, in): lanes are input channels in the backward pass
};

/// The dense part of BatchNorm's input gradient, −scale (mean(dy) + x̂ mean(dy x̂)), as alpha + beta · x.
struct DenseGradient {
  AlignedVector<float> alpha, beta;  ///< one per column
};

/// What the forward pass leaves for the backward pass, of one frame.
struct TrainingWorkspace::Buffers {
  ParameterLayout layout;
  BatchNormMode mode = BatchNormMode::Running;
  const ActivationPattern* held = nullptr;  ///< the piece that the passes stay on, if any
  std::vector<double> frame_statistics;     ///< as the running statistics; NaN where a norm saw fewer than two rows

  // Kinks, in the order of the view.
  std::vector<std::int32_t> from, to;  ///< segments, one per kink
  AlignedVector<float> theta;          ///< [rad]
  std::size_t n_kinks = 0;
  int table_rows = 0;  ///< of the angle table in use (AngleGrid's nodes)

  // Edge network: layers 1 to 3 of R1, and per segment.
  std::array<FixedNorm, 1> first_norm;
  AlignedVector<float> table, grad_table;            ///< (table_rows, 2, hidden)
  AlignedVector<float> to_weight, from_weight;       ///< (8, hidden)
  std::array<TrainedLayer, 2> edge_layer;            ///< second and third layer of R1
  AlignedVector<float> projection, grad_projection;  ///< (segments, 2, hidden): as target, as source
  AlignedVector<float> maximum, grad_maximum;        ///< (segments, hidden)
  AlignedVector<std::int32_t> best;                  ///< (segments, hidden): edge 2 · kink + direction, or −1

  // Node networks: inputs of each Linear layer before its BatchNorm.
  std::array<TrainedLayer, 6> node_layer;          ///< O's three, then R2's three; the last is hidden → 1
  FixedNorm object_norm;                           ///< O's last BatchNorm
  AlignedVector<float> input;                      ///< (segments, 8 + hidden): features − mean, maximum
  std::array<AlignedVector<float>, 6> activation;  ///< (segments, hidden): A1 A2 A3 Y B1 B2
  std::array<AlignedVector<float>, 2> gradient;    ///< (segments, hidden)
};

/// Statistics of the frame or the running ones for one norm; Frame statistics are noted in frame_statistics.
FixedNorm choose_norm(TrainingWorkspace::Buffers& buffers, const NormSlices& slices, std::span<const float> parameters,
                      std::span<const float> statistics, const std::vector<double>& mean,
                      const std::vector<double>& var, double rows);

/// `raw_from`: columns from here on enter with their mean, which is folded into the bias.
TrainedLayer make_layer(const LinearSlices& slices, FixedNorm norm, std::span<const float> parameters, int raw_from);

/// Adds the gradients of one Linear layer and the BatchNorm before it, from moments[k, o] = Σ dz_o (x_k − mean_k),
/// shape (in, out), and sums[o] = Σ dz_o. Returns the dense part of dx (zero unless the mode is Frame).
DenseGradient add_layer_gradient(const LinearSlices& linear, const NormSlices& norm, const FixedNorm& fixed,
                                 std::span<const float> parameters, const std::vector<double>& moments,
                                 const std::vector<double>& sums, BatchNormMode mode, double rows,
                                 std::span<float> gradient);

}  // namespace difftrack::network::kernels
