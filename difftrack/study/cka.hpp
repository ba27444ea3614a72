// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "difftrack/study/gram.hpp"

namespace difftrack::study {

/// Features X of some rows as columns of a GramSum: x_c = scale_c · z_{first + c} + shift_c, or the columns themselves
/// where both are empty; further the column that holds q = ‖x‖² of each row. Layers that are affine in columns they
/// share, as the first BatchNorm of several networks, so share their part of the sum.
struct FeatureColumns {
  std::size_t first = 0, width = 0;  ///< columns of the Gram matrix
  std::vector<double> scale, shift;  ///< width each, or empty
  std::size_t square = 0;            ///< column of q

  double scale_of(std::size_t c) const { return scale.empty() ? 1.0 : scale[c]; }  ///< of column c
  double shift_of(std::size_t c) const { return shift.empty() ? 0.0 : shift[c]; }  ///< of column c
};

/// The unbiased estimate of the Hilbert–Schmidt independence criterion of two sets of features of the same n rows with
/// linear kernels (Song et al., JMLR 2012), K̃ = XXᵀ and L̃ = YYᵀ with zero diagonals:
///
///   HSIC = [tr(K̃L̃) + (1ᵀK̃1)(1ᵀL̃1) / ((n−1)(n−2)) − 2 · 1ᵀK̃L̃1 / (n−2)] / (n (n−3)).
///
/// No n × n matrix is needed: with s = Σ x_i, q_i = ‖x_i‖² (of y likewise),
///
///   tr(K̃L̃) = ‖XᵀY‖² − Σ q_i^x q_i^y,   1ᵀK̃1 = ‖s‖² − Σ q_i,
///   1ᵀK̃L̃1 = s_xᵀ(XᵀY)s_y − s_xᵀ(Xᵀq^y) − (q^xᵀY)s_y + Σ q_i^x q_i^y,
///
/// which are sums over rows: O(n d²), all rows at once. `ones` is the column of ones. NaN below four rows.
double hsic(const GramSum& gram, std::size_t ones, const FeatureColumns& x, const FeatureColumns& y);

/// HSIC(K, L) / √(HSIC(K, K) · HSIC(L, L)): linear centred kernel alignment (Kornblith et al., ICML 2019). NaN where an
/// estimate with itself is not positive, as for constant features: 0 / 0, which is no similarity.
double cka(double both, double first, double second);

/// The same of two matrices given as they are, rows × columns row-major; for small things and tests.
double linear_cka(std::span<const double> x, std::size_t x_width, std::span<const double> y, std::size_t y_width);

}  // namespace difftrack::study
