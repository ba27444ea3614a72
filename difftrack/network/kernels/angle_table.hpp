// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace difftrack::network::kernels {

/// T_c(θ) = Σ_m weights[c, m] · encoding_m(θ) at the first `nodes` nodes of AngleGrid, value and slope.
///
/// `weights` is (hidden, 128) with the published, interleaved columns; `table` is (nodes, 2, hidden): the value, then
/// h · dT/ds. Accumulated in double. `hidden` is a multiple of 8.
void tabulate_encoding(int hidden, const double* weights, int nodes, float* table);

/// The adjoint of interpolation and tabulation: with the gradient of some sum with respect to each entry of the table,
/// gradient[c, m] = Σ_edges (∂/∂T_c) · encoding_m(θ), interpolated. `grad_table` is shaped as `table`, `gradient` is
/// (hidden, 128), overwritten.
void tabulate_encoding_adjoint(int hidden, const float* grad_table, int nodes, double* gradient);

/// Mean and biased variance per column of sin, cos(√θ w_i), interleaved, from a histogram of interpolation weights
/// (value, slope) on AngleGrid, shape (nodes, 2): exact up to the interpolation error, which averages out.
void encoding_statistics(const double* histogram, int nodes, double n_kinks, double* mean, double* var);

}  // namespace difftrack::network::kernels
