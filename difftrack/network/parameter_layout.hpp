// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/network/weights.hpp"

namespace difftrack::network {

/// One named tensor inside a flat vector.
struct Slice {
  std::string name;  ///< module path, e.g. "R1.layers.1.weight"
  std::vector<std::int64_t> shape;
  std::size_t offset = 0;  ///< first entry in the flat vector
  std::size_t size = 0;
};

/// Offsets of a BatchNorm over `width` columns: weight and bias in the parameters, mean and var in the statistics.
struct NormSlices {
  std::size_t weight = 0, bias = 0, mean = 0, var = 0;
  int width = 0;
};

/// Offsets of a Linear layer; the weight is (out, in) row-major.
struct LinearSlices {
  std::size_t weight = 0, bias = 0;
  int in = 0, out = 0;
};

/// BN Linear LReLU BN Linear LReLU BN Linear (LReLU BN): `norm[k]` stands before `linear[k]`, norm[3] at the end of an
/// object network only.
struct PerceptronSlices {
  std::array<NormSlices, 4> norm;
  std::array<LinearSlices, 3> linear;
  bool object = false;
};

/// The networks of docs/method.md section 3.
enum class NetworkKind : std::uint8_t { LineGraph, HitGraph };

/// Where each tensor of a network lives in its flat parameter vector and its flat vector of running statistics.
/// The order is the order of PyTorch's named_parameters() and, without num_batches_tracked, named_buffers().
struct ParameterLayout {
  NetworkKind kind = NetworkKind::LineGraph;
  int hidden = 0;
  std::vector<Slice> parameters;  ///< weight and bias of every layer
  std::vector<Slice> statistics;  ///< running_mean and running_var of every BatchNorm
  std::size_t n_parameters = 0, n_statistics = 0;
  PerceptronSlices relational, object, read_out;  ///< R1, O, R2
};

inline constexpr int kEncoding = 128;  ///< numbers that encode one kink angle

/// R1: 8 + 8 + 128 → hidden, O: 8 + hidden → hidden, R2: hidden → 1. With hidden 16: 4,961 parameters.
ParameterLayout line_graph_layout(int hidden);
/// R1: 4 + 4 + 3 → hidden, O: 4 + hidden → hidden, R2: 3 hidden → 1.
ParameterLayout hit_graph_layout(int hidden);

/// A network's numbers in the order of its layout.
struct FlatParameters {
  std::vector<float> values;      ///< n_parameters
  std::vector<float> statistics;  ///< n_statistics
};

/// The layout that `weights` were made for, by kind and hidden width as their shapes say. Throws InputError with
/// `source`, tensor and shape when they are no network of ours.
ParameterLayout layout_of(const Weights& weights, const std::string& source);

/// Throws InputError with `source`, the tensor's name and its shape when one is missing, unknown or of the wrong shape
/// or holds a number that is not finite. Tensors named …num_batches_tracked are ignored.
FlatParameters flatten(const Weights& weights, const ParameterLayout& layout, const std::string& source);

/// The inverse of flatten; metadata holds kind ("line_graph" or "hit_graph") and hidden.
Weights to_weights(const FlatParameters& parameters, const ParameterLayout& layout);

}  // namespace difftrack::network
