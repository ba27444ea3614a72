// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/perceptron.hpp"

#include <algorithm>
#include <cmath>

namespace difftrack::network::reference {
namespace {

/// Mean and biased variance of every column; T is the type of the running sums.
template <class T>
void column_statistics(const Matrix& x, std::vector<double>& mean, std::vector<double>& var) {
  std::vector<T> sum(x.width, T{0}), squares(x.width, T{0}), centre(x.width);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t c = 0; c < x.width; ++c) sum[c] += static_cast<T>(x.row(i)[c]);
  for (std::size_t c = 0; c < x.width; ++c) centre[c] = sum[c] / static_cast<T>(x.rows);
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t c = 0; c < x.width; ++c) {
      const T off = static_cast<T>(x.row(i)[c]) - centre[c];
      squares[c] += off * off;
    }
  for (std::size_t c = 0; c < x.width; ++c) {
    mean[c] = static_cast<double>(centre[c]);
    var[c] = static_cast<double>(squares[c]) / static_cast<double>(x.rows);
  }
}

void batch_norm(const NormSlices& norm, const Parameters& parameters, BatchNormMode mode, Matrix& x,
                std::vector<double>* frame_statistics, Summation summation) {
  std::vector<double> mean(x.width), var(x.width), scale(x.width);
  if (mode != BatchNormMode::Frame) {
    std::copy_n(parameters.statistics.data() + norm.mean, x.width, mean.data());
    std::copy_n(parameters.statistics.data() + norm.var, x.width, var.data());
  } else if (summation == Summation::Exact) {
    column_statistics<double>(x, mean, var);
  } else {
    column_statistics<float>(x, mean, var);
  }
  for (std::size_t c = 0; c < x.width; ++c) {
    scale[c] = parameters.values[norm.weight + c] / std::sqrt(var[c] + kNormEpsilon);
    if (mode != BatchNormMode::Frame || !frame_statistics || x.rows < 2) continue;
    const auto n = static_cast<double>(x.rows);
    (*frame_statistics)[norm.mean + c] = mean[c];
    (*frame_statistics)[norm.var + c] = var[c] * n / (n - 1.0);
  }
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t c = 0; c < x.width; ++c)
      x.row(i)[c] = (x.row(i)[c] - mean[c]) * scale[c] + parameters.values[norm.bias + c];
}

/// Sums over the inputs run in their order, side by side for all outputs.
Matrix linear(const LinearSlices& layer, const Parameters& parameters, const Matrix& x) {
  const auto out = static_cast<std::size_t>(layer.out);
  std::vector<double> weight(x.width * out);  // (in, out)
  for (std::size_t o = 0; o < out; ++o)
    for (std::size_t k = 0; k < x.width; ++k) weight[k * out + o] = parameters.values[layer.weight + o * x.width + k];
  Matrix y(x.rows, out);
  for (std::size_t i = 0; i < x.rows; ++i) {
    double* sum = y.row(i);
    std::copy_n(parameters.values.data() + layer.bias, out, sum);
    for (std::size_t k = 0; k < x.width; ++k) {
      const double value = x.row(i)[k];
      const double* row = weight.data() + k * out;
      for (std::size_t o = 0; o < out; ++o) sum[o] += row[o] * value;
    }
  }
  return y;
}

void leaky_relu(Matrix& x) {
  for (auto& value : x.values)
    if (value < 0.0) value *= kLeakySlope;
}

}  // namespace

Matrix apply(const PerceptronSlices& perceptron, const Parameters& parameters, BatchNormMode mode, Matrix rows,
             std::vector<double>* frame_statistics, Summation summation) {
  if (rows.rows == 0) return Matrix(0, static_cast<std::size_t>(perceptron.linear[2].out));
  for (std::size_t k = 0; k < 3; ++k) {
    batch_norm(perceptron.norm[k], parameters, mode, rows, frame_statistics, summation);
    rows = linear(perceptron.linear[k], parameters, rows);
    if (k < 2 || perceptron.object) leaky_relu(rows);
  }
  if (perceptron.object) batch_norm(perceptron.norm[3], parameters, mode, rows, frame_statistics, summation);
  return rows;
}

}  // namespace difftrack::network::reference
