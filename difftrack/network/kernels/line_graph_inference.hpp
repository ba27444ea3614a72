// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "difftrack/network/kernels/aligned_vector.hpp"
#include "difftrack/network/kernels/line_graph_view.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network::kernels {

/// A line-graph network in evaluation mode with every BatchNorm folded into the Linear layer behind it: any number of
/// steps of message passing, all widths `hidden`, aggregation by the maximum.
///
/// First layer of a step: z = to_weight (h_i − to_centre) + from_weight (h_j − from_centre) + table(θ), the table
/// holding W·encoding(θ) and the bias. h are the 8 features in the first step; later it is what O leaves before its
/// last BatchNorm, which is folded in, and the centres are 0. Matrices are (in, out) so that lanes are output channels.
struct LineGraphModel {
  /// A Linear layer, hidden → hidden unless said otherwise.
  struct Layer {
    AlignedVector<float> weight;  ///< (in, hidden)
    AlignedVector<float> bias;    ///< (hidden)
  };
  /// One step of message passing; `in` is 8 in the first one, then `hidden`.
  struct Step {
    AlignedVector<float> to_centre, from_centre, node_centre;  ///< (in) means of the features [MeV, mm], or 0
    AlignedVector<float> to_weight, from_weight;               ///< (in, hidden)
    AlignedVector<float> table;                                ///< (AngleGrid::kNodes, 2, hidden)
    Layer second, third;                                       ///< the rest of R1
    std::array<Layer, 3> object;                               ///< O; the first takes [h − node_centre, maximum]
  };
  int hidden = 0;
  std::vector<Step> steps;
  std::array<Layer, 2> read_out;  ///< R2's first two, O's last BatchNorm included
  AlignedVector<float> last;      ///< (hidden)
  float last_bias = 0.0F;         ///< of the logit
};

/// True for the hidden widths that have kernels: 16, 32, 64.
bool has_inference_kernels(int hidden);

/// Folds and tabulates a line-graph network with its running statistics; about a millisecond per step of message
/// passing (docs/performance.md#figures). The layout is that of a network the kernels were made for
/// (no_inference_kernels() in network/scorer/registry.hpp).
LineGraphModel fold_line_graph(const ParameterLayout& layout, const FlatParameters& parameters);

/// Scratch of fused_logits: 3 rows of `hidden` floats per segment, 4 with several steps.
struct InferenceWorkspace {
  AlignedVector<float> rows;        ///< (segments, 3, hidden): projection as target, as source, running maximum
  AlignedVector<float> state;       ///< (segments, hidden): h between two steps
  AlignedVector<float> ux, uy, uz;  ///< unit vectors, padded by a vector
};

/// Logits of all segments, shape (n_segments); about 32 multiply-adds on `hidden` lanes per edge and step, float32.
/// Deterministic, single-threaded; AVX2 and AVX-512 give the same bits (same order of the same operations).
void fused_logits(const LineGraphModel& model, const LineGraphView& view, InferenceWorkspace& workspace,
                  std::span<float> logits);

}  // namespace difftrack::network::kernels
