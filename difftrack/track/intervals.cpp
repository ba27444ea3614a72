// SPDX-License-Identifier: Apache-2.0
#include "difftrack/track/intervals.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace difftrack::track {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution

}  // namespace

Estimate proportion(std::int64_t successes, std::int64_t trials) {
  if (trials <= 0) return {kNan, kNan, kNan};
  const double n = static_cast<double>(trials), p = static_cast<double>(successes) / n;
  const double shrunk = 1.0 / (1.0 + kZ * kZ / n);
  const double centre = shrunk * (p + kZ * kZ / (2.0 * n));
  const double half = shrunk * kZ * std::sqrt(p * (1.0 - p) / n + kZ * kZ / (4.0 * n * n));
  return {p, successes == 0 ? 0.0 : centre - half, successes == trials ? 1.0 : centre + half};
}

double t_quantile(std::int64_t nu) {
  constexpr std::array kSmall{12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622};
  if (nu < 1) return kNan;
  if (nu <= static_cast<std::int64_t>(kSmall.size())) return kSmall[static_cast<std::size_t>(nu - 1)];
  // Expansion in 1/nu (Abramowitz and Stegun 26.7.5).
  const double n = static_cast<double>(nu), z3 = kZ * kZ * kZ, z5 = z3 * kZ * kZ, z7 = z5 * kZ * kZ;
  return kZ + (z3 + kZ) / (4.0 * n) + (5.0 * z5 + 16.0 * z3 + 3.0 * kZ) / (96.0 * n * n) +
         (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * kZ) / (384.0 * n * n * n);
}

Estimate mean(std::span<const double> values) {
  double sum = 0.0, squares = 0.0;
  std::int64_t n = 0;
  for (const double value : values)
    if (!std::isnan(value)) {
      sum += value;
      ++n;
    }
  if (n == 0) return {kNan, kNan, kNan};
  const double centre = sum / static_cast<double>(n);
  if (n == 1) return {centre, kNan, kNan};
  for (const double value : values)
    if (!std::isnan(value)) squares += (value - centre) * (value - centre);
  const double error = std::sqrt(squares / static_cast<double>(n - 1) / static_cast<double>(n));
  return {centre, centre - t_quantile(n - 1) * error, centre + t_quantile(n - 1) * error};
}

}  // namespace difftrack::track
