// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/cholesky_factor.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <string>

#include "difftrack/core/error.hpp"

namespace difftrack::tune {

namespace {

using Eigen::Index;
using Stride = Eigen::OuterStride<>;
using Block = Eigen::Map<Eigen::MatrixXd, 0, Stride>;
using ConstBlock = Eigen::Map<const Eigen::MatrixXd, 0, Stride>;

constexpr double kSmallestPivot = 1e-14, kFirstJitter = 1e-12;  // of a diagonal entry

Index index(std::size_t i) { return static_cast<Index>(i); }

/// The factor of `block` whose pivots are above kSmallestPivot of `scale`, and what its diagonal was raised by.
double factorise(Eigen::MatrixXd& block, double scale) {
  if (!block.allFinite()) throw core::InputError({"", "covariance", ""}, "is not finite; a length or a place is not");
  for (double jitter = 0.0;; jitter = jitter == 0.0 ? kFirstJitter * scale : 10.0 * jitter) {
    Eigen::MatrixXd tried = block;
    tried.diagonal().array() += jitter;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(tried);
    if (factor.info() != Eigen::Success) continue;
    const double pivot = tried.diagonal().minCoeff();
    if (!(pivot * pivot > kSmallestPivot * scale)) continue;
    block = std::move(tried);
    return jitter;
  }
}

}  // namespace

void CholeskyFactor::reserve(std::size_t rows) {
  if (rows <= stride_) return;
  const std::size_t stride = std::max(rows, stride_ + stride_ / 2);
  std::vector<double> values(stride * stride);
  for (std::size_t column = 0; column < n_; ++column)
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(column * stride_), n_,
                values.begin() + static_cast<std::ptrdiff_t>(column * stride));
  values_ = std::move(values);
  stride_ = stride;
}

double CholeskyFactor::append(std::size_t m, const Entry& entry, double scale) {
  if (m == 0) return 0.0;
  std::vector<double> side(n_ * m);
  for (std::size_t j = 0; j < m; ++j)
    for (std::size_t i = 0; i < n_; ++i) side[j * n_ + i] = entry(n_ + j, i);
  if (n_ > 0) solve_lower(side, m);
  const ConstBlock solved(side.data(), index(n_), index(m), Stride(index(std::max<std::size_t>(n_, 1))));
  Eigen::MatrixXd corner(index(m), index(m));
  for (std::size_t j = 0; j < m; ++j)
    for (std::size_t i = j; i < m; ++i) corner(index(i), index(j)) = corner(index(j), index(i)) = entry(n_ + i, n_ + j);
  if (n_ > 0) corner.noalias() -= solved.transpose() * solved;
  const double jitter = factorise(corner, scale);

  reserve(n_ + m);
  Block all(values_.data(), index(n_ + m), index(n_ + m), Stride(index(stride_)));
  if (n_ > 0) all.bottomLeftCorner(index(m), index(n_)) = solved.transpose();
  all.bottomRightCorner(index(m), index(m)).triangularView<Eigen::Lower>() = corner.triangularView<Eigen::Lower>();
  n_ += m;
  return jitter;
}

void CholeskyFactor::remove(std::size_t i) {
  // The column that goes, below its diagonal; the rows below move up, the columns right of it to the left.
  std::vector<double> gone;
  for (std::size_t row = i + 1; row < n_; ++row) gone.push_back(at(row, i));
  for (std::size_t column = 0; column < n_ - 1; ++column) {
    const std::size_t from = column < i ? column : column + 1;
    for (std::size_t row = std::max(column, i); row < n_ - 1; ++row)
      values_[column * stride_ + row] = values_[from * stride_ + row + 1];
  }
  --n_;
  for (std::size_t column = i; column < n_; ++column) {
    double* values = values_.data() + column * stride_;
    double& g = gone[column - i];
    const double r = std::hypot(values[column], g);
    const double c = values[column] / r, s = g / r;
    values[column] = r;
    for (std::size_t row = column + 1; row < n_; ++row) {
      const double above = values[row], below = gone[row - i];
      values[row] = c * above + s * below;
      gone[row - i] = c * below - s * above;
    }
  }
}

void CholeskyFactor::solve_lower(std::span<double> b, std::size_t columns, std::size_t from) const {
  if (n_ == 0 || from == n_) return;
  const ConstBlock all(values_.data(), index(n_), index(n_), Stride(index(stride_)));
  Block right(b.data(), index(n_), index(columns), Stride(index(n_)));
  const Index rest = index(n_ - from);
  if (from > 0)
    right.bottomRows(rest).noalias() -= all.bottomLeftCorner(rest, index(from)) * right.topRows(index(from));
  auto lower = right.bottomRows(rest);
  all.bottomRightCorner(rest, rest).triangularView<Eigen::Lower>().solveInPlace(lower);
}

void CholeskyFactor::solve_upper(std::span<double> b) const {
  if (n_ == 0) return;
  const ConstBlock all(values_.data(), index(n_), index(n_), Stride(index(stride_)));
  Eigen::Map<Eigen::VectorXd> right(b.data(), index(n_));
  all.triangularView<Eigen::Lower>().transpose().solveInPlace(right);
}

std::vector<double> CholeskyFactor::times(std::span<const double> b) const {
  std::vector<double> result(n_);
  if (n_ == 0) return result;
  const ConstBlock all(values_.data(), index(n_), index(n_), Stride(index(stride_)));
  Eigen::Map<Eigen::VectorXd>(result.data(), index(n_)) =
      all.triangularView<Eigen::Lower>() * Eigen::Map<const Eigen::VectorXd>(b.data(), index(n_));
  return result;
}

std::vector<double> CholeskyFactor::inverse() const {
  std::vector<double> result(n_ * n_);
  if (n_ == 0) return result;
  const ConstBlock all(values_.data(), index(n_), index(n_), Stride(index(stride_)));
  Eigen::MatrixXd lower = Eigen::MatrixXd::Identity(index(n_), index(n_));
  all.triangularView<Eigen::Lower>().solveInPlace(lower);
  Eigen::Map<Eigen::MatrixXd> product(result.data(), index(n_), index(n_));
  product.triangularView<Eigen::Lower>() = lower.transpose() * lower;
  return result;
}

double CholeskyFactor::log_determinant() const {
  double sum = 0.0;
  for (std::size_t i = 0; i < n_; ++i) sum += std::log(at(i, i));
  return 2.0 * sum;
}

}  // namespace difftrack::tune
