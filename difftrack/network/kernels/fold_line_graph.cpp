// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/kernels/angle_grid.hpp"
#include "difftrack/network/kernels/angle_table.hpp"
#include "difftrack/network/kernels/fold.hpp"
#include "difftrack/network/kernels/line_graph_inference.hpp"

namespace difftrack::network::kernels {
namespace {

constexpr int kFeatures = 8;

struct Folder {
  std::span<const float> values, statistics;

  FixedNorm norm(const NormSlices& slices) const { return fix_norm(slices, values, statistics); }

  LineGraphModel::Layer layer(const LinearSlices& slices, const FixedNorm& before, int centred = 0) const {
    auto folded = fold(slices, before, values);
    fold_mean(folded, before, centred);
    return {transposed(folded, 0, folded.in), to_float(folded.bias)};
  }
};

void fold_first_layer(const PerceptronSlices& relational, const Folder& folder, LineGraphModel& model) {
  const auto norm = folder.norm(relational.norm[0]);
  auto first = fold(relational.linear[0], norm, folder.values);
  fold_mean(first, norm, 2 * kFeatures);
  for (std::size_t k = 0; k < kFeatures; ++k) {
    model.to_centre[k] = static_cast<float>(norm.mean[k]);
    model.from_centre[k] = static_cast<float>(norm.mean[kFeatures + k]);
  }
  model.to_weight = transposed(first, 0, kFeatures);
  model.from_weight = transposed(first, kFeatures, 2 * kFeatures);
  const auto hidden = static_cast<std::size_t>(model.hidden), in = static_cast<std::size_t>(first.in);
  std::vector<double> encoding_weight(hidden * kEncoding);
  for (std::size_t c = 0; c < hidden; ++c)
    for (std::size_t m = 0; m < kEncoding; ++m)
      encoding_weight[c * kEncoding + m] = first.weight[c * in + 2 * kFeatures + m];
  model.table.resize(std::size_t{AngleGrid::kNodes} * 2 * hidden);
  tabulate_encoding(model.hidden, encoding_weight.data(), AngleGrid::kNodes, model.table.data());
  for (std::size_t n = 0; n < std::size_t{AngleGrid::kNodes}; ++n)
    for (std::size_t c = 0; c < hidden; ++c) model.table[n * 2 * hidden + c] += static_cast<float>(first.bias[c]);
}

}  // namespace

bool has_inference_kernels(int hidden) { return hidden == 16 || hidden == 32 || hidden == 64; }

LineGraphModel fold_line_graph(const ParameterLayout& layout, const FlatParameters& parameters) {
  const Folder folder{parameters.values, parameters.statistics};
  LineGraphModel model;
  model.hidden = layout.hidden;
  const auto& r1 = layout.relational;
  const auto& o = layout.object;
  const auto& r2 = layout.read_out;
  fold_first_layer(r1, folder, model);
  model.second = folder.layer(r1.linear[1], folder.norm(r1.norm[1]));
  model.third = folder.layer(r1.linear[2], folder.norm(r1.norm[2]));

  const auto node = folder.norm(o.norm[0]);
  for (std::size_t k = 0; k < kFeatures; ++k) model.node_centre[k] = static_cast<float>(node.mean[k]);
  model.object[0] = folder.layer(o.linear[0], node, kFeatures);
  model.object[1] = folder.layer(o.linear[1], folder.norm(o.norm[1]));
  model.object[2] = folder.layer(o.linear[2], folder.norm(o.norm[2]));

  // Two BatchNorms meet here: O's last and R2's first.
  const auto last = folder.norm(o.norm[3]), first = folder.norm(r2.norm[0]);
  FixedNorm both = last;
  for (std::size_t c = 0; c < both.scale.size(); ++c) {
    both.scale[c] = last.scale[c] * first.scale[c];
    both.bias[c] = (last.bias[c] - first.mean[c]) * first.scale[c] + first.bias[c];
  }
  model.read_out[0] = folder.layer(r2.linear[0], both);
  model.read_out[1] = folder.layer(r2.linear[1], folder.norm(r2.norm[1]));
  const auto end = folder.layer(r2.linear[2], folder.norm(r2.norm[2]));
  model.last = end.weight;
  model.last_bias = end.bias[0];
  return model;
}

}  // namespace difftrack::network::kernels
