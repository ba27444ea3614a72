// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "difftrack/study/models.hpp"

namespace difftrack::study {

/// v → H v of a symmetric matrix that is never written down.
using Product = std::function<Vector(std::span<const double> v)>;

/// Scalar product, in the order of the entries.
double dot(std::span<const double> a, std::span<const double> b);
/// Euclidean length.
double norm(std::span<const double> a);

/// What Lanczos' recursion leaves: an orthonormal basis Q of the Krylov space of the start, in which H is the
/// tridiagonal T with diagonal `alpha` and off-diagonal `beta`.
struct Tridiagonal {
  std::vector<double> alpha;  ///< m
  std::vector<double> beta;   ///< m: beta[k] couples k and k + 1; the last one is the length of what is left over
  std::vector<Vector> basis;  ///< m
};

/// Lanczos' recursion from `start` (any length but 0), orthogonalised twice against all former vectors, so that
/// rounding makes no copies of eigenvalues. Ends after `max_steps`, when beta falls below 1e-10 of the range of T (the
/// Krylov space is exhausted), or when `enough` says so after a step.
Tridiagonal lanczos_steps(const Product& product, std::span<const double> start, std::int32_t max_steps,
                          const std::function<bool(const Tridiagonal&)>& enough = {});

/// Eigenvalues of T in ascending order, and of each eigenvector the first and the last entry.
struct RitzValues {
  std::vector<double> values;       ///< ascending
  std::vector<double> first, last;  ///< Q_{1k}, Q_{mk}
  std::vector<double> vectors;      ///< (m, m) column k is that of value k; row-major
};
/// O(m³).
RitzValues ritz_values(const Tridiagonal& tridiagonal);

/// Some eigenpairs with their residuals.
struct Eigenpairs {
  std::vector<double> values;         ///< away from the middle of the spectrum first
  std::vector<double> residuals;      ///< ‖Hv − λv‖ with ‖v‖ = 1, measured, not estimated
  std::vector<Vector> vectors;        ///< unit length; the largest entry is positive
  std::vector<std::int32_t> cluster;  ///< number of its cluster: neighbours closer than 5 % share one, and then only
                                      ///< the space that their vectors span means something
};

/// Both ends of a spectrum.
struct SpectrumEnds {
  Eigenpairs largest, smallest;
  std::int32_t products = 0;  ///< of H with a vector, in all
  bool converged = false;     ///< every residual estimate is below the tolerance
};

/// Eigenvalues at both ends of a symmetric matrix by Lanczos, until ‖Hv − λv‖ ≤ tolerance · |λ|_max for all of them or
/// `max_steps` are done. Unlike power iteration it finds the largest λ, not the largest |λ|, and shows how good they
/// are. Source: Golub and Van Loan, Matrix Computations, chapter 10.
class LanczosEnds {
 public:
  /// What is asked for.
  struct Options {
    std::int32_t top = 10;         ///< at each end
    std::int32_t max_steps = 300;  ///< of the recursion
    double tolerance = 1e-3;       ///< relative to the largest |λ|
    std::uint64_t seed = 1;        ///< of the start
  };
  explicit LanczosEnds(const Options& options) : options_(options) {}
  /// Of a matrix of `n` rows. Throws InputError when H is 0 on the start: then there is nothing to find.
  SpectrumEnds operator()(const Product& product, std::size_t n) const;

 private:
  Options options_;
};

/// One probe of Hutchinson's estimate: entries ±1, a function of seed and probe. Multiplied by `scale`.
Vector sign_probe(std::size_t n, std::uint64_t seed, std::uint64_t probe, double scale = 1.0);
/// Standard normal entries, a function of seed and stream.
Vector normal_vector(std::size_t n, std::uint64_t seed, std::uint64_t stream);

/// Mean with its standard error (0 of a single number).
struct MeanAndError {
  double mean = 0.0, error = 0.0;
};
/// Over numbers that are independent.
MeanAndError mean_and_error(std::span<const double> numbers);

/// Gaussian quadrature of a spectral density: one probe's nodes and weights.
struct Quadrature {
  std::vector<double> nodes;    ///< θ_k, ascending
  std::vector<double> weights;  ///< τ_k, sum 1
  double quadratic = 0.0;       ///< vᵀHv = Σ τ_k θ_k
  double square = 0.0;          ///< ‖Hv‖² = Σ τ_k θ_k²
};

/// Stochastic Lanczos quadrature with one probe v = ±1/√n (Ubaru, Chen and Saad 2017): T = QΘQᵀ of `steps` steps gives
/// nodes θ_k and weights Q_{1k}².
Quadrature quadrature(const Product& product, std::size_t n, std::uint64_t seed, std::uint64_t probe,
                      std::int32_t steps);

/// A spectral density on a grid with its band.
struct Density {
  std::vector<double> x;        ///< grid
  std::vector<double> density;  ///< φ(x): mean over probes, integral 1
  std::vector<double> error;    ///< standard error over probes
  double sigma = 0.0;           ///< width of the Gaussian that stands for a node
};
/// φ(x) = mean over probes Σ_k τ_k N(x; θ_k, σ²) with σ = range / 200, on `points` places over all nodes.
Density spectral_density(std::span<const Quadrature> probes, std::int32_t points = 1001);

}  // namespace difftrack::study
