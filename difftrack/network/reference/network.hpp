// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "difftrack/network/graph_inputs.hpp"
#include "difftrack/network/reference/perceptron.hpp"

namespace difftrack::network::reference {

/// sin, cos(√θ · w) of every frequency [1/√rad], interleaved, into `encoding`: 2 · frequencies numbers.
void encode_angle(double theta, std::span<const double> frequencies, double* encoding);

/// Any described network (description.hpp has its equations), in double precision, without LibTorch: the general path
/// of SegmentScorer, and what kernels and LibTorch module are compared with.
///
/// `inputs` are those of the layout's description (graph_inputs.hpp); messages are added in the order of the edges.
/// Time grows with edges × parameters of R1, about 3 µs per edge of the published line graph; memory, but in Frame
/// mode, with nodes and edges times a few dozen bytes. In Frame mode `frame_statistics`, if given, receives mean and
/// unbiased variance at the layout's places. Returns logits, one per segment.
std::vector<double> network_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                   const GraphInputs& inputs, std::vector<double>* frame_statistics = nullptr,
                                   Summation summation = Summation::Exact);

}  // namespace difftrack::network::reference
