// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/parameter_layout.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "difftrack/core/error.hpp"

namespace difftrack::network {
namespace {

std::size_t append(std::vector<Slice>& slices, std::size_t& total, const std::string& name,
                   std::vector<std::int64_t> shape) {
  Slice slice{name, std::move(shape), total, 1};
  for (const auto extent : slice.shape) slice.size *= static_cast<std::size_t>(extent);
  total += slice.size;
  slices.push_back(slice);
  return slice.offset;
}

NormSlices add_norm(ParameterLayout& layout, const std::string& path, int width) {
  NormSlices norm;
  norm.width = width;
  norm.weight = append(layout.parameters, layout.n_parameters, path + ".weight", {width});
  norm.bias = append(layout.parameters, layout.n_parameters, path + ".bias", {width});
  norm.mean = append(layout.statistics, layout.n_statistics, path + ".running_mean", {width});
  norm.var = append(layout.statistics, layout.n_statistics, path + ".running_var", {width});
  return norm;
}

LinearSlices add_linear(ParameterLayout& layout, const std::string& path, int in, int out) {
  LinearSlices linear;
  linear.in = in;
  linear.out = out;
  linear.weight = append(layout.parameters, layout.n_parameters, path + ".weight", {out, in});
  linear.bias = append(layout.parameters, layout.n_parameters, path + ".bias", {out});
  return linear;
}

PerceptronSlices add_perceptron(ParameterLayout& layout, const std::string& name, int in, int out, bool object) {
  PerceptronSlices slices;
  slices.object = object;
  const std::array<int, 4> widths{in, layout.hidden, layout.hidden, out};
  for (std::size_t k = 0; k < 3; ++k) {  // BN, Linear, LReLU: three places in the module's list
    const std::string path = name + ".layers.";
    slices.norm[k] = add_norm(layout, path + std::to_string(3 * k), widths[k]);
    slices.linear[k] = add_linear(layout, path + std::to_string(3 * k + 1), widths[k], widths[k + 1]);
  }
  if (object) slices.norm[3] = add_norm(layout, name + ".layers.9", out);
  return slices;
}

std::string text(const std::vector<std::int64_t>& shape) {
  std::string result = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) result += (i ? ", " : "") + std::to_string(shape[i]);
  return result + ")";
}

bool is_batch_count(std::string_view name) { return name.ends_with("num_batches_tracked"); }

const Tensor& find(const Weights& weights, const std::string& name, const std::string& source) {
  const auto found = weights.tensors.find(name);
  if (found == weights.tensors.end()) throw core::InputError({source, name, ""}, "is missing from the model");
  return found->second;
}

void copy(const Weights& weights, const std::vector<Slice>& slices, const std::string& source,
          std::vector<float>& flat) {
  for (const auto& slice : slices) {
    const auto& tensor = find(weights, slice.name, source);
    if (tensor.shape != slice.shape || tensor.data.size() != slice.size)
      throw core::InputError({source, slice.name, text(tensor.shape)},
                             "has the wrong shape; expected " + text(slice.shape));
    for (std::size_t i = 0; i < slice.size; ++i)
      if (!std::isfinite(tensor.data[i]))
        throw core::InputError({source, slice.name, std::to_string(tensor.data[i])}, "must be finite");
    std::copy(tensor.data.begin(), tensor.data.end(), flat.begin() + static_cast<std::ptrdiff_t>(slice.offset));
  }
}

}  // namespace

ParameterLayout line_graph_layout(int hidden) {
  ParameterLayout layout;
  layout.kind = NetworkKind::LineGraph;
  layout.hidden = hidden;
  layout.relational = add_perceptron(layout, "R1", 8 + 8 + kEncoding, hidden, false);
  layout.object = add_perceptron(layout, "O", 8 + hidden, hidden, true);
  layout.read_out = add_perceptron(layout, "R2", hidden, 1, false);
  return layout;
}

ParameterLayout hit_graph_layout(int hidden) {
  ParameterLayout layout;
  layout.kind = NetworkKind::HitGraph;
  layout.hidden = hidden;
  layout.relational = add_perceptron(layout, "R1", 4 + 4 + 3, hidden, false);
  layout.object = add_perceptron(layout, "O", 4 + hidden, hidden, true);
  layout.read_out = add_perceptron(layout, "R2", 3 * hidden, 1, false);
  return layout;
}

ParameterLayout layout_of(const Weights& weights, const std::string& source) {
  const auto& first = find(weights, "R1.layers.0.weight", source);
  const auto& bias = find(weights, "R1.layers.1.bias", source);
  const auto inputs = static_cast<int>(first.data.size());
  const auto hidden = static_cast<int>(bias.data.size());
  if (hidden < 1 || hidden > 4096)
    throw core::InputError({source, "R1.layers.1.bias", text(bias.shape)}, "gives no usable hidden width");
  if (inputs == 8 + 8 + kEncoding) return line_graph_layout(hidden);
  if (inputs == 4 + 4 + 3) return hit_graph_layout(hidden);
  throw core::InputError({source, "R1.layers.0.weight", text(first.shape)},
                         "belongs to no known network; expected 144 columns (line graph) or 11 (hit graph)");
}

FlatParameters flatten(const Weights& weights, const ParameterLayout& layout, const std::string& source) {
  FlatParameters flat{std::vector<float>(layout.n_parameters), std::vector<float>(layout.n_statistics)};
  copy(weights, layout.parameters, source, flat.values);
  copy(weights, layout.statistics, source, flat.statistics);
  for (const auto& slice : layout.statistics)
    if (slice.name.ends_with("running_var"))
      for (std::size_t i = slice.offset; i < slice.offset + slice.size; ++i)
        if (flat.statistics[i] < 0.0F)
          throw core::InputError({source, slice.name, std::to_string(flat.statistics[i])},
                                 "a variance is not negative");
  const auto known = [&](const std::string& name) {
    const auto same = [&](const Slice& slice) { return slice.name == name; };
    return std::any_of(layout.parameters.begin(), layout.parameters.end(), same) ||
           std::any_of(layout.statistics.begin(), layout.statistics.end(), same);
  };
  for (const auto& [name, tensor] : weights.tensors)
    if (!is_batch_count(name) && !known(name))
      throw core::InputError({source, name, text(tensor.shape)}, "is no tensor of this network");
  return flat;
}

Weights to_weights(const FlatParameters& parameters, const ParameterLayout& layout) {
  Weights weights;
  const auto add = [&](const std::vector<Slice>& slices, const std::vector<float>& flat) {
    for (const auto& slice : slices) {
      const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(slice.offset);
      weights.tensors[slice.name] = {slice.shape, {begin, begin + static_cast<std::ptrdiff_t>(slice.size)}};
    }
  };
  add(layout.parameters, parameters.values);
  add(layout.statistics, parameters.statistics);
  weights.metadata["kind"] = layout.kind == NetworkKind::LineGraph ? "line_graph" : "hit_graph";
  weights.metadata["hidden"] = std::to_string(layout.hidden);
  return weights;
}

}  // namespace difftrack::network
