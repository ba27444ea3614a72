// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "difftrack/network/kernels/training_buffers.hpp"

namespace difftrack::network::kernels {

FixedNorm choose_norm(TrainingWorkspace::Buffers& buffers, const NormSlices& slices, std::span<const float> parameters,
                      std::span<const float> statistics, const std::vector<double>& mean,
                      const std::vector<double>& var, double rows) {
  if (buffers.mode != BatchNormMode::Frame) return fix_norm(slices, parameters, statistics);
  for (std::size_t c = 0; c < static_cast<std::size_t>(slices.width) && rows > 1.0; ++c) {
    buffers.frame_statistics[slices.mean + c] = mean[c];
    buffers.frame_statistics[slices.var + c] = var[c] * rows / (rows - 1.0);
  }
  return fix_norm(slices, parameters, std::span<const double>(mean), std::span<const double>(var));
}

TrainedLayer make_layer(const LinearSlices& slices, FixedNorm norm, std::span<const float> parameters, int raw_from) {
  auto folded = fold(slices, norm, parameters);
  fold_mean(folded, norm, raw_from);
  TrainedLayer layer{std::move(norm), transposed(folded, 0, folded.in), to_float(folded.bias), to_float(folded.weight)};
  return layer;
}

DenseGradient add_layer_gradient(const LinearSlices& linear, const NormSlices& norm, const FixedNorm& fixed,
                                 std::span<const float> parameters, const std::vector<double>& moments,
                                 const std::vector<double>& sums, BatchNormMode mode, double rows,
                                 std::span<float> gradient) {
  const auto in = static_cast<std::size_t>(linear.in), out = static_cast<std::size_t>(linear.out);
  DenseGradient dense{AlignedVector<float>(in, 0.0F), AlignedVector<float>(in, 0.0F)};
  const auto add = [&](std::size_t i, double value) { gradient[i] += static_cast<float>(value); };
  for (std::size_t o = 0; o < out; ++o) add(linear.bias + o, sums[o]);
  for (std::size_t k = 0; k < in; ++k) {
    double sum = 0.0, product = 0.0;  // of dy and of dy x̂, where y is the BatchNorm's output
    for (std::size_t o = 0; o < out; ++o) {
      const double weight = parameters[linear.weight + o * in + k];
      const double moment = moments[k * out + o] * fixed.inverse_deviation[k];
      sum += weight * sums[o];
      product += weight * moment;
      add(linear.weight + o * in + k, parameters[norm.weight + k] * moment + fixed.bias[k] * sums[o]);
    }
    add(norm.bias + k, sum);
    add(norm.weight + k, product);
    if (mode != BatchNormMode::Running && rows > 0.0) {
      const double beta = -fixed.scale[k] * fixed.inverse_deviation[k] * product / rows;
      dense.beta[k] = static_cast<float>(beta);
      dense.alpha[k] = static_cast<float>(-fixed.scale[k] * sum / rows - beta * fixed.mean[k]);
    }
  }
  return dense;
}

}  // namespace difftrack::network::kernels
