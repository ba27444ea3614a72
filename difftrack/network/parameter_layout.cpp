// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/parameter_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "difftrack/core/error.hpp"
#include "difftrack/core/field_text.hpp"
#include "difftrack/network/node_features.hpp"
#include "difftrack/network/pair_head.hpp"

namespace difftrack::network {
namespace {

constexpr const char* kDescription = "description";  // in a model's metadata

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
  slices.name = name;
  slices.object = object;
  const int hidden = layout.description.hidden;
  const std::array<int, 4> widths{in, hidden, hidden, out};
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

/// Weights that say what network they are of must be of the layout's, but for the gate: the numbers of a network fit
/// either graph, and its training may go on on another.
void check_same_network(const Weights& weights, const ParameterLayout& layout, const std::string& source) {
  const auto found = weights.metadata.find(kDescription);
  if (found == weights.metadata.end() || found->second == to_toml(layout.description)) return;
  const Description theirs = description_of(weights, source);
  core::for_each_field<Description>([&](const auto& each) {
    const auto& one = each.of(theirs);
    const auto& other = each.of(layout.description);
    if (one != other && each.name != "kink_gate")
      throw core::InputError({source, std::string(each.name), core::field_text(each, one)},
                             "is another network's; expected " + core::field_text(each, other));
  });
}

}  // namespace

std::vector<const PerceptronSlices*> ParameterLayout::perceptrons() const {
  std::vector<const PerceptronSlices*> all;
  for (const StepSlices& step : steps) all.insert(all.end(), {&step.relational, &step.object});
  all.push_back(&read_out);
  return all;
}

int edge_columns(const Description& description) {
  const Description full = resolved(description);
  const int angle = full.frequencies > 0 ? 2 * full.frequencies : 1;
  return full.network == NetworkKind::LineGraph ? angle : 2 + angle;
}

ParameterLayout parameter_layout(const Description& description, const std::string& source) {
  ParameterLayout layout;
  layout.description = resolved(description, source);
  const Description& full = layout.description;
  int node = node_columns(full);
  for (int t = 1; t <= full.message_steps; ++t) {
    const std::string suffix = t == 1 ? std::string() : fmt::format("_{}", t);
    auto relational = add_perceptron(layout, "R1" + suffix, 2 * node + edge_columns(full), full.message_width, false);
    auto object = add_perceptron(layout, "O" + suffix, node + full.message_width, full.node_width, true);
    layout.steps.push_back({std::move(relational), std::move(object)});
    node = full.node_width;
  }
  const int read = full.network == NetworkKind::LineGraph ? node : 2 * node + full.message_width;
  layout.read_out = add_perceptron(layout, "R2", read, 1, false);
  layout.pair_begin = layout.n_parameters;
  if (full.pair_width > 0) {
    layout.pair_head.hidden = add_linear(layout, "P.layers.0", kPairColumns, full.pair_width);
    layout.pair_head.score = add_linear(layout, "P.layers.2", full.pair_width, 1);
  }
  return layout;
}

ParameterLayout line_graph_layout(int hidden) { return parameter_layout(published_line_graph(hidden)); }
ParameterLayout hit_graph_layout(int hidden) { return parameter_layout(published_hit_graph(hidden)); }

Description description_of(const Weights& weights, const std::string& source) {
  if (const auto found = weights.metadata.find(kDescription); found != weights.metadata.end())
    return resolved(description_from_toml(found->second, source), source);
  const auto& first = find(weights, "R1.layers.0.weight", source);
  const auto& bias = find(weights, "R1.layers.1.bias", source);
  const auto hidden = static_cast<int>(bias.data.size());
  if (hidden < 1 || hidden > 4096)
    throw core::InputError({source, "R1.layers.1.bias", text(bias.shape)}, "gives no usable hidden width");
  for (const Description& published : {published_line_graph(hidden), published_hit_graph(hidden)})
    if (first.data.size() == static_cast<std::size_t>(2 * node_columns(published) + edge_columns(published)))
      return published;
  throw core::InputError({source, "R1.layers.0.weight", text(first.shape)},
                         "belongs to no known network; expected 144 columns (line graph) or 11 (hit graph)");
}

ParameterLayout layout_of(const Weights& weights, const std::string& source) {
  return parameter_layout(description_of(weights, source), source);
}

FlatParameters flatten(const Weights& weights, const ParameterLayout& layout, const std::string& source) {
  check_same_network(weights, layout, source);
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
  weights.metadata["kind"] = core::name_of(layout.description.network);
  weights.metadata["hidden"] = std::to_string(layout.description.hidden);
  weights.metadata[kDescription] = to_toml(layout.description);
  return weights;
}

}  // namespace difftrack::network
