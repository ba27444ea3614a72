// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "difftrack/network/description.hpp"
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
  std::string name;  ///< of the module: "R1", "O", "R2"; from the second step on "R1_2", "O_2", …
  std::array<NormSlices, 4> norm;
  std::array<LinearSlices, 3> linear;
  bool object = false;
};

/// The perceptrons of one step of message passing.
struct StepSlices {
  PerceptronSlices relational;  ///< [h_i, h_j, e_ij] → message
  PerceptronSlices object;      ///< [h_i, aggregated messages] → h_i
};

/// The pair head: Linear LReLU Linear, without BatchNorm.
struct PairHeadSlices {
  LinearSlices hidden, score;
};

/// Where each tensor of a network lives in its flat parameter vector and its flat vector of running statistics.
/// The order is the order of PyTorch's named_parameters() and, without num_batches_tracked, named_buffers().
struct ParameterLayout {
  Description description;        ///< resolved()
  std::vector<Slice> parameters;  ///< weight and bias of every layer
  std::vector<Slice> statistics;  ///< running_mean and running_var of every BatchNorm
  std::size_t n_parameters = 0, n_statistics = 0;
  std::vector<StepSlices> steps;  ///< one per step of message passing: R1 and O, R1_2 and O_2, …
  PerceptronSlices read_out;      ///< R2
  PairHeadSlices pair_head;       ///< P; widths of 0 where there is none
  std::size_t pair_begin = 0;     ///< first parameter of P, the last of the modules; n_parameters where there is none

  /// R1, O, (R1_2, O_2, …), R2: all perceptrons in the order of the parameters.
  std::vector<const PerceptronSlices*> perceptrons() const;
};

inline constexpr int kEncoding = 128;  ///< numbers that encode one kink angle in the published network

/// Columns of an edge: on the line graph the encoded angle (or the angle itself), on the hit graph length, azimuth and
/// the polar angle, encoded or itself.
int edge_columns(const Description& description);

/// The layout of a description. With n node columns, e edge columns, messages m, nodes w and hidden width h:
/// R1: 2n + e → m, O: n + m → w (from the second step on n is w), R2: w → 1 on the line graph, 2w + m → 1 on the hit
/// graph. The published line graph, hidden 16: 4,961 parameters. Throws InputError with `source` for a bad description.
ParameterLayout parameter_layout(const Description& description, const std::string& source = "network");

/// That of the published line graph for some hidden width.
ParameterLayout line_graph_layout(int hidden);
/// That of the published hit graph.
ParameterLayout hit_graph_layout(int hidden);

/// A network's numbers in the order of its layout.
struct FlatParameters {
  std::vector<float> values;      ///< n_parameters
  std::vector<float> statistics;  ///< n_statistics
};

/// The network that `weights` are of: as their metadata say under "description". Files from before there were
/// descriptions hold a published network, told by the columns of R1 (144 or 11). Throws InputError with `source`,
/// option or tensor, and value when it is bad or none is known.
Description description_of(const Weights& weights, const std::string& source);

/// The layout of description_of().
ParameterLayout layout_of(const Weights& weights, const std::string& source);

/// Throws InputError with `source`, the tensor's name and its shape when one is missing, unknown or of the wrong shape
/// or holds a number that is not finite, and with the option when the weights say that they are of another network.
/// Tensors named …num_batches_tracked are ignored.
FlatParameters flatten(const Weights& weights, const ParameterLayout& layout, const std::string& source);

/// The inverse of flatten; metadata holds kind ("line_graph" or "hit_graph"), hidden and the whole description.
Weights to_weights(const FlatParameters& parameters, const ParameterLayout& layout);

}  // namespace difftrack::network
