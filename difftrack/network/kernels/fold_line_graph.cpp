// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

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

/// Two BatchNorms in a row as one.
FixedNorm joined(const FixedNorm& one, const FixedNorm& next) {
  FixedNorm both = one;
  for (std::size_t c = 0; c < both.scale.size(); ++c) {
    both.scale[c] = one.scale[c] * next.scale[c];
    both.bias[c] = (one.bias[c] - next.mean[c]) * next.scale[c] + next.bias[c];
  }
  return both;
}

/// Columns [begin, begin + count) of a norm.
FixedNorm part(const FixedNorm& norm, std::size_t begin, std::size_t count) {
  const auto cut = [&](const std::vector<double>& all) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(begin);
    return std::vector<double>(from, from + static_cast<std::ptrdiff_t>(count));
  };
  return {cut(norm.mean), cut(norm.inverse_deviation), cut(norm.scale), cut(norm.bias)};
}

/// The norm whose first columns are h, `copies` times over: with O's last BatchNorm of the step before joined to them.
FixedNorm after(const FixedNorm* before, FixedNorm norm, std::size_t in, std::size_t copies) {
  for (std::size_t copy = 0; before && copy < copies; ++copy) {
    const FixedNorm both = joined(*before, part(norm, copy * in, in));
    const auto to = static_cast<std::ptrdiff_t>(copy * in);
    std::copy(both.mean.begin(), both.mean.end(), norm.mean.begin() + to);
    std::copy(both.scale.begin(), both.scale.end(), norm.scale.begin() + to);
    std::copy(both.bias.begin(), both.bias.end(), norm.bias.begin() + to);
  }
  return norm;
}

/// The means of columns [begin, begin + in) as they are left in the input: those of large features.
AlignedVector<float> centre(const FixedNorm& norm, std::size_t begin, std::size_t in, bool raw) {
  AlignedVector<float> means(in, 0.0F);
  for (std::size_t k = 0; raw && k < in; ++k) means[k] = static_cast<float>(norm.mean[begin + k]);
  return means;
}

/// `before` is O's last BatchNorm of the step before; none in the first step, whose inputs are features.
void fold_first_layer(const PerceptronSlices& relational, const Folder& folder, const FixedNorm* before, int in,
                      LineGraphModel::Step& step) {
  const auto width = static_cast<std::size_t>(in);
  const auto norm = after(before, folder.norm(relational.norm[0]), width, 2);
  auto first = fold(relational.linear[0], norm, folder.values);
  fold_mean(first, norm, before ? 0 : 2 * in);
  step.to_centre = centre(norm, 0, width, !before);
  step.from_centre = centre(norm, width, width, !before);
  step.to_weight = transposed(first, 0, in);
  step.from_weight = transposed(first, in, 2 * in);
  const auto hidden = static_cast<std::size_t>(first.out), columns = static_cast<std::size_t>(first.in);
  std::vector<double> encoding_weight(hidden * kEncoding);
  for (std::size_t c = 0; c < hidden; ++c)
    for (std::size_t m = 0; m < kEncoding; ++m)
      encoding_weight[c * kEncoding + m] = first.weight[c * columns + 2 * width + m];
  step.table.resize(std::size_t{AngleGrid::kNodes} * 2 * hidden);
  tabulate_encoding(first.out, encoding_weight.data(), AngleGrid::kNodes, step.table.data());
  for (std::size_t n = 0; n < std::size_t{AngleGrid::kNodes}; ++n)
    for (std::size_t c = 0; c < hidden; ++c) step.table[n * 2 * hidden + c] += static_cast<float>(first.bias[c]);
}

LineGraphModel::Step fold_step(const StepSlices& slices, const Folder& folder, const FixedNorm* before, int in) {
  LineGraphModel::Step step;
  const auto& r1 = slices.relational;
  const auto& o = slices.object;
  fold_first_layer(r1, folder, before, in, step);
  step.second = folder.layer(r1.linear[1], folder.norm(r1.norm[1]));
  step.third = folder.layer(r1.linear[2], folder.norm(r1.norm[2]));
  const auto node = after(before, folder.norm(o.norm[0]), static_cast<std::size_t>(in), 1);
  step.node_centre = centre(node, 0, static_cast<std::size_t>(in), !before);
  step.object[0] = folder.layer(o.linear[0], node, before ? 0 : in);
  step.object[1] = folder.layer(o.linear[1], folder.norm(o.norm[1]));
  step.object[2] = folder.layer(o.linear[2], folder.norm(o.norm[2]));
  return step;
}

}  // namespace

bool has_inference_kernels(int hidden) { return hidden == 16 || hidden == 32 || hidden == 64; }

LineGraphModel fold_line_graph(const ParameterLayout& layout, const FlatParameters& parameters) {
  const Folder folder{parameters.values, parameters.statistics};
  LineGraphModel model;
  model.hidden = layout.description.hidden;
  FixedNorm last;
  for (const StepSlices& slices : layout.steps) {
    const bool first = model.steps.empty();
    model.steps.push_back(fold_step(slices, folder, first ? nullptr : &last, first ? kFeatures : model.hidden));
    last = folder.norm(slices.object.norm[3]);
  }
  const auto& r2 = layout.read_out;
  model.read_out[0] = folder.layer(r2.linear[0], joined(last, folder.norm(r2.norm[0])));
  model.read_out[1] = folder.layer(r2.linear[1], folder.norm(r2.norm[1]));
  const auto end = folder.layer(r2.linear[2], folder.norm(r2.norm[2]));
  model.last = end.weight;
  model.last_bias = end.bias[0];
  return model;
}

}  // namespace difftrack::network::kernels
