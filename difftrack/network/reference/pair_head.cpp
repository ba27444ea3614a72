// SPDX-License-Identifier: Apache-2.0
#include "difftrack/network/reference/pair_head.hpp"

#include "difftrack/network/batch_norm.hpp"

namespace difftrack::network::reference {
namespace {

/// z = W x + b of a row.
std::vector<double> arguments(const PairHead& head, std::span<const float> row) {
  std::vector<double> z;
  for (std::size_t c = 0; c < head.bias().size(); ++c) {
    double sum = static_cast<double>(head.bias()[c]);
    for (std::size_t k = 0; k < row.size(); ++k)
      sum += static_cast<double>(head.weight()[c * row.size() + k]) * static_cast<double>(row[k]);
    z.push_back(sum);
  }
  return z;
}

double slope(double z) { return z < 0.0 ? kLeakySlope : 1.0; }

}  // namespace

std::vector<double> pair_scores(const PairHead& head, std::span<const float> rows) {
  std::vector<double> scores;
  for (std::size_t begin = 0; begin < rows.size(); begin += kPairColumns) {
    const std::vector<double> z = arguments(head, rows.subspan(begin, kPairColumns));
    double k = static_cast<double>(head.offset());
    for (std::size_t c = 0; c < z.size(); ++c) k += static_cast<double>(head.score()[c]) * slope(z[c]) * z[c];
    scores.push_back(k);
  }
  return scores;
}

void add_pair_gradient(const PairHead& head, std::span<const float> rows, std::span<const float> grad_scores,
                       std::span<double> gradient) {
  const std::size_t units = head.bias().size(), columns = units * kPairColumns;
  for (std::size_t r = 0; r < grad_scores.size(); ++r) {
    const auto row = rows.subspan(r * kPairColumns, kPairColumns);
    const std::vector<double> z = arguments(head, row);
    const auto g = static_cast<double>(grad_scores[r]);
    gradient[columns + 2 * units] += g;
    for (std::size_t c = 0; c < units; ++c) {
      const double dz = g * static_cast<double>(head.score()[c]) * slope(z[c]);
      gradient[columns + units + c] += g * slope(z[c]) * z[c];
      gradient[columns + c] += dz;
      for (std::size_t k = 0; k < row.size(); ++k) gradient[c * kPairColumns + k] += dz * static_cast<double>(row[k]);
    }
  }
}

}  // namespace difftrack::network::reference
