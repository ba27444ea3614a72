// SPDX-License-Identifier: Apache-2.0
#include "difftrack/study/lanczos.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "difftrack/core/error.hpp"
#include "difftrack/core/random.hpp"

namespace difftrack::study {

namespace {

constexpr double kExhausted = 1e-10;  // beta relative to the range of T
constexpr double kClusterGap = 0.05;  // relative

void add_scaled(Vector& a, double factor, std::span<const double> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
}
void scale(Vector& a, double factor) {
  for (double& each : a) each *= factor;
}

Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solve(const Tridiagonal& t, bool vectors) {
  const auto m = static_cast<Eigen::Index>(t.alpha.size());
  Eigen::VectorXd diagonal(m), off(std::max<Eigen::Index>(m - 1, 0));
  for (Eigen::Index i = 0; i < m; ++i) diagonal[i] = t.alpha[static_cast<std::size_t>(i)];
  for (Eigen::Index i = 0; i + 1 < m; ++i) off[i] = t.beta[static_cast<std::size_t>(i)];
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, off, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  return solver;
}

/// The range of T by Gershgorin's discs; cheap, and enough for a relative bound.
double range_of(const Tridiagonal& t) {
  double low = 0.0, high = 0.0;
  for (std::size_t k = 0; k < t.alpha.size(); ++k) {
    const double radius = (k > 0 ? t.beta[k - 1] : 0.0) + (k + 1 < t.alpha.size() ? t.beta[k] : 0.0);
    low = k == 0 ? t.alpha[0] - radius : std::min(low, t.alpha[k] - radius);
    high = k == 0 ? t.alpha[0] + radius : std::max(high, t.alpha[k] + radius);
  }
  return std::max({high - low, std::abs(high), std::abs(low)});
}

/// Signs are a convention: the largest entry is positive.
void fix_sign(Vector& v) {
  const auto largest =
      std::max_element(v.begin(), v.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (largest != v.end() && *largest < 0.0) scale(v, -1.0);
}

/// The eigenpair of place k, made of the basis, with its measured residual.
void add_pair(Eigenpairs& pairs, const Product& product, const Tridiagonal& t, const RitzValues& ritz, std::size_t k) {
  const std::size_t m = t.alpha.size();
  Vector v(t.basis.front().size(), 0.0);
  for (std::size_t i = 0; i < m; ++i) add_scaled(v, ritz.vectors[i * m + k], t.basis[i]);
  scale(v, 1.0 / norm(v));
  fix_sign(v);
  Vector image = product(v);
  const double value = dot(v, image);
  add_scaled(image, -value, v);
  const bool near = !pairs.values.empty() && std::abs(value - pairs.values.back()) <=
                                                 kClusterGap * std::max(std::abs(value), std::abs(pairs.values.back()));
  pairs.cluster.push_back(pairs.values.empty() ? 0 : pairs.cluster.back() + (near ? 0 : 1));
  pairs.values.push_back(value);
  pairs.residuals.push_back(norm(image));
  pairs.vectors.push_back(std::move(v));
}

}  // namespace

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double norm(std::span<const double> a) { return std::sqrt(dot(a, a)); }

Tridiagonal lanczos_steps(const Product& product, std::span<const double> start, std::int32_t max_steps,
                          const std::function<bool(const Tridiagonal&)>& enough) {
  Tridiagonal t;
  Vector next(start.begin(), start.end());
  scale(next, 1.0 / norm(next));
  const auto most = std::min<std::size_t>(static_cast<std::size_t>(max_steps), start.size());
  while (t.alpha.size() < most) {
    t.basis.push_back(next);
    Vector image = product(t.basis.back());
    t.alpha.push_back(dot(t.basis.back(), image));
    for (int pass = 0; pass < 2; ++pass)
      for (const Vector& q : t.basis) add_scaled(image, -dot(q, image), q);
    t.beta.push_back(norm(image));
    if (t.beta.back() <= kExhausted * range_of(t) || (enough && enough(t))) break;
    scale(image, 1.0 / t.beta.back());
    next = std::move(image);
  }
  return t;
}

RitzValues ritz_values(const Tridiagonal& tridiagonal) {
  const auto solver = solve(tridiagonal, true);
  const std::size_t m = tridiagonal.alpha.size();
  RitzValues ritz;
  ritz.vectors.resize(m * m);
  for (std::size_t k = 0; k < m; ++k) {
    const auto column = static_cast<Eigen::Index>(k);
    ritz.values.push_back(solver.eigenvalues()[column]);
    for (std::size_t i = 0; i < m; ++i)
      ritz.vectors[i * m + k] = solver.eigenvectors()(static_cast<Eigen::Index>(i), column);
    ritz.first.push_back(ritz.vectors[k]);
    ritz.last.push_back(ritz.vectors[(m - 1) * m + k]);
  }
  return ritz;
}

SpectrumEnds LanczosEnds::operator()(const Product& product, std::size_t n) const {
  const auto top = std::min<std::size_t>(static_cast<std::size_t>(options_.top), n);
  SpectrumEnds ends;
  const auto good_enough = [&](const Tridiagonal& t) {
    const std::size_t m = t.alpha.size();
    if (m < 2 * top || (m % 5 != 0 && m < n)) return false;
    const RitzValues ritz = ritz_values(t);
    const double bound = options_.tolerance * std::max(std::abs(ritz.values.front()), std::abs(ritz.values.back()));
    for (std::size_t k = 0; k < top; ++k)
      for (const std::size_t place : {k, m - 1 - k})
        if (t.beta.back() * std::abs(ritz.last[place]) > bound) return false;
    return true;
  };
  const Tridiagonal t = lanczos_steps(product, normal_vector(n, options_.seed, 0), options_.max_steps,
                                      [&](const Tridiagonal& now) { return ends.converged = good_enough(now); });
  const std::size_t m = t.alpha.size();
  const double range = range_of(t);
  if (!(range > 0.0))
    throw core::InputError({"", "loss", ""}, "has no curvature at all on these frames: its Hessian is undefined");
  ends.converged = ends.converged || t.beta.back() <= kExhausted * range;
  ends.products = static_cast<std::int32_t>(m);
  const RitzValues ritz = ritz_values(t);
  for (std::size_t k = 0; k < std::min(top, m); ++k) {
    add_pair(ends.largest, product, t, ritz, m - 1 - k);
    add_pair(ends.smallest, product, t, ritz, k);
    ends.products += 2;
  }
  return ends;
}

Vector sign_probe(std::size_t n, std::uint64_t seed, std::uint64_t probe, double scale) {
  core::RandomStream random(seed, probe);
  Vector v(n);
  for (double& each : v) each = (random.bits() & 1U) != 0U ? scale : -scale;
  return v;
}

Vector normal_vector(std::size_t n, std::uint64_t seed, std::uint64_t stream) {
  core::RandomStream random(seed, stream);
  Vector v(n);
  for (double& each : v) each = random.normal();
  return v;
}

MeanAndError mean_and_error(std::span<const double> numbers) {
  MeanAndError result;
  const auto n = static_cast<double>(numbers.size());
  if (numbers.empty()) return result;
  for (const double each : numbers) result.mean += each / n;
  double squares = 0.0;
  for (const double each : numbers) squares += (each - result.mean) * (each - result.mean);
  if (numbers.size() > 1) result.error = std::sqrt(squares / (n - 1.0) / n);
  return result;
}

Quadrature quadrature(const Product& product, std::size_t n, std::uint64_t seed, std::uint64_t probe,
                      std::int32_t steps) {
  const Tridiagonal t =
      lanczos_steps(product, sign_probe(n, seed, probe, 1.0 / std::sqrt(static_cast<double>(n))), steps);
  const RitzValues ritz = ritz_values(t);
  Quadrature result;
  result.nodes = ritz.values;
  for (std::size_t k = 0; k < ritz.values.size(); ++k) {
    const double weight = ritz.first[k] * ritz.first[k];
    result.weights.push_back(weight);
    result.quadratic += weight * ritz.values[k];
    result.square += weight * ritz.values[k] * ritz.values[k];
  }
  return result;
}

Density spectral_density(std::span<const Quadrature> probes, std::int32_t points) {
  Density result;
  double low = 0.0, high = 0.0;
  for (const Quadrature& probe : probes) {
    low = std::min(low, probe.nodes.front());
    high = std::max(high, probe.nodes.back());
  }
  const double range = high > low ? high - low : 1.0;
  result.sigma = range / 200.0;
  const double first = low - 5.0 * result.sigma, step = (range + 10.0 * result.sigma) / (points - 1);
  for (std::int32_t i = 0; i < points; ++i) {
    const double x = first + step * i;
    std::vector<double> values;
    for (const Quadrature& probe : probes) {
      double sum = 0.0;
      for (std::size_t k = 0; k < probe.nodes.size(); ++k) {
        const double z = (x - probe.nodes[k]) / result.sigma;
        sum += probe.weights[k] * std::exp(-0.5 * z * z);
      }
      values.push_back(sum / (result.sigma * std::sqrt(2.0 * std::numbers::pi)));
    }
    const MeanAndError mean = mean_and_error(values);
    result.x.push_back(x);
    result.density.push_back(mean.mean);
    result.error.push_back(mean.error);
  }
  return result;
}

}  // namespace difftrack::study
