// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::study {

/// A point of parameter space, or a direction in it: one number per parameter, in the order of the layout. In double
/// precision, because points are told apart by small steps; kernels compute with the nearest floats.
using Vector = std::vector<double>;

/// A trained network as a point: its flat parameters, and which tensor each stretch of them is.
struct Model {
  std::string file;                 ///< as it was named
  std::string name;                 ///< the file's name without its ending; for model.safetensors that of its folder
  std::string group;                ///< the name without the number of its seed: "ptt" of "ptt_3"
  network::ParameterLayout layout;  ///< table of tensors
  Vector values;                    ///< layout.n_parameters
  std::vector<float> statistics;    ///< running means and variances of BatchNorm, layout.n_statistics
};

/// Reads a model file, or a checkpoint of a training (its current parameters). Throws InputError for a file that is
/// neither, for a checkpoint that does not say which experiment it is of, and for a network on gated kinks.
Model read_model(const std::string& path);

/// Reads several. Throws InputError for none, for one that is named twice, and for models of different architectures.
std::vector<Model> read_models(const std::vector<std::string>& paths);

/// As floats, with the model's running statistics: what kernels and files take.
network::FlatParameters to_flat(const Model& model, std::span<const double> values);

/// Writes a point as a model file of the same network; running statistics are those of `model`.
void write_point(const std::string& path, const Model& model, std::span<const double> values);

/// SHA-256 of the bytes of all parameters and statistics, 64 hexadecimal digits.
std::string fingerprint(const Model& model);

}  // namespace difftrack::study
