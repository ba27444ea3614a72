// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/kernels/aligned_vector.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network::kernels {

/// A BatchNorm with known statistics: y = (x − mean) · scale + bias, scale = weight / √(var + 1e-5).
struct FixedNorm {
  std::vector<double> mean, inverse_deviation, scale, bias;  ///< one per column
};

/// With the given mean and variance, one per column of the norm.
template <class T>
FixedNorm fix_norm(const NormSlices& norm, std::span<const T> parameters, std::span<const double> mean,
                   std::span<const double> var) {
  const auto n = static_cast<std::size_t>(norm.width);
  FixedNorm fixed{{mean.begin(), mean.end()}, std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t c = 0; c < n; ++c) {
    fixed.inverse_deviation[c] = 1.0 / std::sqrt(var[c] + kNormEpsilon);
    fixed.scale[c] = parameters[norm.weight + c] * fixed.inverse_deviation[c];
    fixed.bias[c] = parameters[norm.bias + c];
  }
  return fixed;
}

/// With the running statistics.
inline FixedNorm fix_norm(const NormSlices& norm, std::span<const float> parameters,
                          std::span<const float> statistics) {
  const auto n = static_cast<std::size_t>(norm.width);
  std::vector<double> mean(n), var(n);
  for (std::size_t c = 0; c < n; ++c) mean[c] = statistics[norm.mean + c], var[c] = statistics[norm.var + c];
  return fix_norm(norm, parameters, std::span<const double>(mean), std::span<const double>(var));
}

/// A Linear layer with the BatchNorm before it folded in: y_o = bias_o + Σ_k weight[o, k] (x_k − norm.mean_k).
/// The mean is left in x where its columns are large (positions), and folded into the bias by fold_mean otherwise.
struct FoldedLinear {
  int in = 0, out = 0;
  std::vector<double> weight;  ///< (out, in)
  std::vector<double> bias;    ///< (out)
};

/// Folds the norm into the layer behind it; the mean stays in x.
inline FoldedLinear fold(const LinearSlices& layer, const FixedNorm& norm, std::span<const float> parameters) {
  FoldedLinear folded{layer.in, layer.out, {}, {}};
  const auto in = static_cast<std::size_t>(layer.in), out = static_cast<std::size_t>(layer.out);
  folded.weight.resize(in * out);
  folded.bias.resize(out);
  for (std::size_t o = 0; o < out; ++o) {
    double bias = parameters[layer.bias + o];
    for (std::size_t k = 0; k < in; ++k) {
      const double w = parameters[layer.weight + o * in + k];
      folded.weight[o * in + k] = w * norm.scale[k];
      bias += w * norm.bias[k];
    }
    folded.bias[o] = bias;
  }
  return folded;
}

/// Moves the means of columns [begin, in) into the bias, so that those columns enter as they are.
inline void fold_mean(FoldedLinear& layer, const FixedNorm& norm, int begin = 0) {
  const auto in = static_cast<std::size_t>(layer.in);
  for (std::size_t o = 0; o < layer.bias.size(); ++o)
    for (auto k = static_cast<std::size_t>(begin); k < in; ++k)
      layer.bias[o] -= layer.weight[o * in + k] * norm.mean[k];
}

/// Columns [begin, end) of the weight as float, transposed to (end − begin, out): the layout of the row kernels.
inline AlignedVector<float> transposed(const FoldedLinear& layer, int begin, int end) {
  AlignedVector<float> result;
  for (int k = begin; k < end; ++k)
    for (int o = 0; o < layer.out; ++o)
      result.push_back(static_cast<float>(layer.weight[static_cast<std::size_t>(o * layer.in + k)]));
  return result;
}

/// Rounded to float, in the same order.
inline AlignedVector<float> to_float(const std::vector<double>& values) {
  AlignedVector<float> result(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) result[i] = static_cast<float>(values[i]);
  return result;
}

}  // namespace difftrack::network::kernels
