// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "difftrack/network/kernels/aligned_vector.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network::kernels {

/// The line-graph network in evaluation mode with every BatchNorm folded into the Linear layer behind it.
///
/// First layer: z = to_weight (x_i − to_centre) + from_weight (x_j − from_centre) + table(θ), the table holding
/// W·encoding(θ) and the bias. Matrices are (in, out) so that lanes are output channels.
struct LineGraphModel {
  /// A Linear layer, hidden → hidden unless said otherwise.
  struct Layer {
    AlignedVector<float> weight;  ///< (in, hidden)
    AlignedVector<float> bias;    ///< (hidden)
  };
  int hidden = 0;
  std::array<float, 8> to_centre{}, from_centre{}, node_centre{};  ///< means of the 8 features [MeV, mm]
  AlignedVector<float> to_weight, from_weight;                     ///< (8, hidden)
  AlignedVector<float> table;                                      ///< (AngleGrid::kNodes, 2, hidden)
  Layer second, third;                                             ///< the rest of R1
  std::array<Layer, 3> object;                                     ///< O; the first takes [x − node_centre, maximum]
  std::array<Layer, 2> read_out;                                   ///< R2's first two, O's last BatchNorm included
  AlignedVector<float> last;                                       ///< (hidden)
  float last_bias = 0.0F;                                          ///< of the logit
};

/// True for the hidden widths that have kernels: 16, 32, 64.
bool has_inference_kernels(int hidden);

/// Folds and tabulates a line-graph network with its running statistics; about a millisecond
/// (docs/performance.md#figures).
LineGraphModel fold_line_graph(const ParameterLayout& layout, const FlatParameters& parameters);

/// Scratch of line_graph_logits: 3 rows of `hidden` floats per segment.
struct InferenceWorkspace {
  AlignedVector<float> rows;        ///< (segments, 3, hidden): projection as target, as source, running maximum
  AlignedVector<float> ux, uy, uz;  ///< unit vectors, padded by a vector
};

/// Logits of all segments, shape (n_segments); about 32 multiply-adds on `hidden` lanes per edge, float32.
/// Deterministic, single-threaded; AVX2 and AVX-512 give the same bits (same order of the same operations).
void line_graph_logits(const LineGraphModel& model, const LineGraphView& view, InferenceWorkspace& workspace,
                       std::span<float> logits);

}  // namespace difftrack::network::kernels
