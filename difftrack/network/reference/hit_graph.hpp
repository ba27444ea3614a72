// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "difftrack/graph/hit_graph.hpp"
#include "difftrack/network/reference/perceptron.hpp"

namespace difftrack::network::reference {

/// The hit-graph network (the ablation of docs/method.md section 3, with a single sigmoid), double precision:
///
///   message(s) = R1([x_shallow, x_deep, e_s]),   x'_h = O([x_h, maximum of the messages that arrive, 0 where none])
///   logit_s = R2([x'_shallow, x'_deep, message(s)])
///
/// Messages go along the segments, from the deep to the shallow hit. `hit_features` and `directions` are those of
/// graph/features.hpp. Returns logits, one per segment.
std::vector<double> hit_graph_logits(const ParameterLayout& layout, const Parameters& parameters, BatchNormMode mode,
                                     const std::vector<float>& hit_features, const std::vector<float>& directions,
                                     const graph::HitGraph& graph, std::vector<double>* frame_statistics = nullptr);

}  // namespace difftrack::network::reference
