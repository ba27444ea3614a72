// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "difftrack/network/batch_norm.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::network::reference {

/// Plain double-precision networks, written to be read and to be differenced, not to be fast.
struct Parameters {
  std::vector<double> values;      ///< as FlatParameters::values
  std::vector<double> statistics;  ///< as FlatParameters::statistics

  /// The same numbers in double precision.
  static Parameters from(const FlatParameters& flat) {
    return {{flat.values.begin(), flat.values.end()}, {flat.statistics.begin(), flat.statistics.end()}};
  }
};

/// How BatchNorm sums the statistics of a frame.
enum class Summation : unsigned char {
  Exact,    ///< in double precision
  Float32,  ///< as LibTorch 1.13.1 on one thread, and so the published code: float32, one row after the other. Off by
            ///< up to 1 % where a column holds few distinct, large numbers such as depths. For comparisons only.
};

/// Row-major matrix, one row per node or edge.
struct Matrix {
  std::size_t rows = 0;        ///< nodes or edges
  std::size_t width = 0;       ///< columns
  std::vector<double> values;  ///< (rows, width)

  Matrix(std::size_t n_rows, std::size_t n_columns) : rows(n_rows), width(n_columns), values(n_rows * n_columns) {}
  double* row(std::size_t i) { return values.data() + i * width; }
  const double* row(std::size_t i) const { return values.data() + i * width; }
};

/// Applies one perceptron of the layout to every row. BatchNorm: (x − mean) / √(var + 1e-5) · weight + bias with the
/// running statistics (as given, too) or with mean and biased variance of these rows; LeakyReLU slope 0.01.
/// In Frame mode `frame_statistics`, if given, receives mean and unbiased variance at the layout's places.
Matrix apply(const PerceptronSlices& perceptron, const Parameters& parameters, BatchNormMode mode, Matrix rows,
             std::vector<double>* frame_statistics = nullptr, Summation summation = Summation::Exact);

}  // namespace difftrack::network::reference
