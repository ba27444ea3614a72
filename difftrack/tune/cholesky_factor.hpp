// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace difftrack::tune {

/// The lower Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ that grows and shrinks by rows.
///
/// append() borders it: with B the covariances of old and new rows and C those among the new, L gets the rows
/// [ (L⁻¹ B)ᵀ, chol(C - (L⁻¹ B)ᵀ L⁻¹ B) ], O(m n²) for m new rows where a new factorisation costs O(n³) (the lazy
/// update of arXiv:2001.05726). remove() takes a row out: what stood below becomes the factor of L₃₃ L₃₃ᵀ + l lᵀ with l
/// the column that goes, a rank-one update by rotations, O(n²) and without cancellation (Golub and Van Loan, Matrix
/// Computations, section 6.5).
///
/// A row that depends on others to rounding (a repeated place without noise) has no positive pivot. Its diagonal is
/// then raised until there is one, and append() says by how much: the factor never holds a NaN.
class CholeskyFactor {
 public:
  /// Entry (row, column) of A with column <= row.
  using Entry = std::function<double(std::size_t row, std::size_t column)>;

  std::size_t size() const { return n_; }  ///< rows
  void clear() { n_ = 0; }                 ///< no row left

  /// Adds rows n to n + m - 1 of A. Returns what was added to their diagonal: 0 unless they had no pivot above 1e-14 of
  /// `scale` > 0, the size of a diagonal entry; then 1e-12 of it, or as many times ten of that as are needed. Throws
  /// core::InputError when an entry is not finite.
  double append(std::size_t m, const Entry& entry, double scale);
  /// Takes out row and column `i` < size().
  void remove(std::size_t i);

  /// L⁻¹ b of `columns` right sides that stand one after the other in `b`, in place; the first `from` rows of each hold
  /// the solution already.
  void solve_lower(std::span<double> b, std::size_t columns = 1, std::size_t from = 0) const;
  /// L⁻ᵀ b, in place.
  void solve_upper(std::span<double> b) const;
  /// L b: as many as rows.
  std::vector<double> times(std::span<const double> b) const;
  /// A⁻¹, column by column, its lower triangle; O(n³).
  std::vector<double> inverse() const;
  /// Logarithm of the determinant of A.
  double log_determinant() const;
  /// Entry (row, column) of L with column <= row.
  double at(std::size_t row, std::size_t column) const { return values_[column * stride_ + row]; }

 private:
  void reserve(std::size_t rows);

  std::vector<double> values_;  // column by column, `stride_` apart
  std::size_t n_ = 0, stride_ = 0;
};

}  // namespace difftrack::tune
