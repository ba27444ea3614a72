// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/graph/line_graph.hpp"
#include "difftrack/network/reference/perceptron.hpp"

namespace difftrack::network::reference {

/// sin, cos(√θ · 0.001^(−2i/128)), i = 0 … 63, interleaved, into `encoding` (kEncoding numbers).
void encode_angle(double theta, double* encoding);

/// The line-graph network (docs/method.md section 3; Kortus, Keidel, Gauger, arXiv 2407.13420), double precision:
///
///   message(j → i) = R1([x_i, x_j, encoding(θ_ij)]),   m_i = maximum over j, 0 where nothing arrives
///   logit_i = R2(O([x_i, m_i]))
///
/// Each kink is an edge in both directions; edges are taken in the order (j, i). `features` is graph::segment_features,
/// shape (segments, 8). Returns logits, one per segment.
std::vector<double> line_graph_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                      const std::vector<float>& features, const graph::LineGraph& kinks,
                                      std::vector<double>* frame_statistics = nullptr,
                                      Summation summation = Summation::Exact);

}  // namespace difftrack::network::reference
