// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/cka.hpp"

#include <cmath>
#include <limits>

namespace difftrack::study {

namespace {

/// Sums over rows of one set of features.
struct Sums {
  std::vector<double> s;  // Σ x
  double q = 0.0;         // Σ ‖x‖²
};

Sums sums_of(const GramSum& gram, std::size_t ones, const FeatureColumns& x) {
  Sums sums;
  const auto n = static_cast<double>(gram.rows());
  for (std::size_t c = 0; c < x.width; ++c)
    sums.s.push_back(x.scale_of(c) * gram(x.first + c, ones) + n * x.shift_of(c));
  sums.q = gram(x.square, ones);
  return sums;
}

/// s_xᵀ (Xᵀ q) for a column q.
double against_column(const GramSum& gram, std::size_t ones, const FeatureColumns& x, const Sums& sums,
                      std::size_t column) {
  double total = 0.0;
  const double of_column = gram(column, ones);
  for (std::size_t c = 0; c < x.width; ++c)
    total += sums.s[c] * (x.scale_of(c) * gram(x.first + c, column) + x.shift_of(c) * of_column);
  return total;
}

}  // namespace

double hsic(const GramSum& gram, std::size_t ones, const FeatureColumns& x, const FeatureColumns& y) {
  const auto n = static_cast<double>(gram.rows());
  if (n < 4.0) return std::numeric_limits<double>::quiet_NaN();
  const Sums of_x = sums_of(gram, ones, x), of_y = sums_of(gram, ones, y);
  double squares = 0.0, through = 0.0;  // ‖XᵀY‖², s_xᵀ(XᵀY)s_y
  for (std::size_t i = 0; i < x.width; ++i)
    for (std::size_t j = 0; j < y.width; ++j) {
      const double a = x.scale_of(i), b = x.shift_of(i), c = y.scale_of(j), d = y.shift_of(j);
      const double product = a * c * gram(x.first + i, y.first + j) + a * d * gram(x.first + i, ones) +
                             b * c * gram(y.first + j, ones) + n * b * d;
      squares += product * product;
      through += of_x.s[i] * product * of_y.s[j];
    }
  const double qq = gram(x.square, y.square);
  double k = -of_x.q, l = -of_y.q;  // 1ᵀK̃1, 1ᵀL̃1
  for (const double each : of_x.s) k += each * each;
  for (const double each : of_y.s) l += each * each;
  const double kl =
      through - against_column(gram, ones, x, of_x, y.square) - against_column(gram, ones, y, of_y, x.square) + qq;
  return (squares - qq + k * l / ((n - 1.0) * (n - 2.0)) - 2.0 * kl / (n - 2.0)) / (n * (n - 3.0));
}

double cka(double both, double first, double second) {
  if (!(first > 0.0) || !(second > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  return both / std::sqrt(first * second);
}

double linear_cka(std::span<const double> x, std::size_t x_width, std::span<const double> y, std::size_t y_width) {
  const std::size_t n = x.size() / x_width, columns = x_width + y_width + 3;
  std::vector<double> mean(x_width + y_width, 0.0), rows(n * columns);
  const auto at = [&](std::size_t r, std::size_t c) {
    return c < x_width ? x[r * x_width + c] : y[r * y_width + c - x_width];
  };
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t c = 0; c < mean.size(); ++c) mean[c] += at(r, c) / static_cast<double>(n);
  for (std::size_t r = 0; r < n; ++r) {
    double* row = rows.data() + r * columns;
    for (std::size_t c = 0; c < mean.size(); ++c) {
      row[c] = at(r, c) - mean[c];
      row[mean.size() + (c < x_width ? 0 : 1)] += row[c] * row[c];
    }
    row[columns - 1] = 1.0;
  }
  GramSum gram(columns);
  gram.add(rows);
  const FeatureColumns a{0, x_width, {}, {}, mean.size()}, b{x_width, y_width, {}, {}, mean.size() + 1};
  const std::size_t ones = columns - 1;
  return cka(hsic(gram, ones, a, b), hsic(gram, ones, a, a), hsic(gram, ones, b, b));
}

}  // namespace difftrack::study
