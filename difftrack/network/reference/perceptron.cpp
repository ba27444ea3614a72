// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/perceptron.hpp"

#include <cmath>

namespace difftrack::network::reference {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kSlope = 0.01;

void batch_norm(const NormSlices& norm, const Parameters& parameters, BatchNormMode mode, Matrix& x,
                std::vector<double>* frame_statistics) {
  for (std::size_t c = 0; c < x.width; ++c) {
    double mean = 0.0, var = 0.0;
    if (mode == BatchNormMode::Running) {
      mean = parameters.statistics[norm.mean + c];
      var = parameters.statistics[norm.var + c];
    } else {
      const auto n = static_cast<double>(x.rows);
      for (std::size_t i = 0; i < x.rows; ++i) mean += x.row(i)[c];
      mean /= n;
      for (std::size_t i = 0; i < x.rows; ++i) var += (x.row(i)[c] - mean) * (x.row(i)[c] - mean);
      var /= n;
      if (frame_statistics && x.rows > 1) {
        (*frame_statistics)[norm.mean + c] = mean;
        (*frame_statistics)[norm.var + c] = var * n / (n - 1.0);
      }
    }
    const double scale = parameters.values[norm.weight + c] / std::sqrt(var + kEpsilon);
    const double bias = parameters.values[norm.bias + c];
    for (std::size_t i = 0; i < x.rows; ++i) x.row(i)[c] = (x.row(i)[c] - mean) * scale + bias;
  }
}

Matrix linear(const LinearSlices& layer, const Parameters& parameters, const Matrix& x) {
  Matrix y(x.rows, static_cast<std::size_t>(layer.out));
  for (std::size_t i = 0; i < x.rows; ++i)
    for (std::size_t o = 0; o < y.width; ++o) {
      const double* weight = parameters.values.data() + layer.weight + o * x.width;
      double sum = parameters.values[layer.bias + o];
      for (std::size_t k = 0; k < x.width; ++k) sum += weight[k] * x.row(i)[k];
      y.row(i)[o] = sum;
    }
  return y;
}

void leaky_relu(Matrix& x) {
  for (auto& value : x.values)
    if (value < 0.0) value *= kSlope;
}

}  // namespace

Matrix apply(const PerceptronSlices& perceptron, const Parameters& parameters, BatchNormMode mode, Matrix rows,
             std::vector<double>* frame_statistics) {
  if (rows.rows == 0) return Matrix(0, static_cast<std::size_t>(perceptron.linear[2].out));
  for (std::size_t k = 0; k < 3; ++k) {
    batch_norm(perceptron.norm[k], parameters, mode, rows, frame_statistics);
    rows = linear(perceptron.linear[k], parameters, rows);
    if (k < 2 || perceptron.object) leaky_relu(rows);
  }
  if (perceptron.object) batch_norm(perceptron.norm[3], parameters, mode, rows, frame_statistics);
  return rows;
}

}  // namespace difftrack::network::reference
