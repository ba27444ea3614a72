// SPDX-License-Identifier: Apache-2.0
#include "difftrack/tune/median_rule.hpp"

#include <algorithm>
#include <utility>

namespace difftrack::tune {

MedianRule::MedianRule(std::vector<std::vector<double>> curves, std::size_t after)
    : means_(std::move(curves)), after_(after) {
  for (std::vector<double>& curve : means_) {
    double sum = 0.0;
    for (std::size_t step = 0; step < curve.size(); ++step) {
      sum += curve[step];
      curve[step] = sum / static_cast<double>(step + 1);
    }
  }
}

bool MedianRule::stops(std::span<const double> curve) const {
  if (curve.empty() || curve.size() < after_) return false;
  std::vector<double> others;
  for (const std::vector<double>& means : means_)
    if (means.size() >= curve.size()) others.push_back(means[curve.size() - 1]);
  if (others.size() < kFewest) return false;
  const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
  std::nth_element(others.begin(), middle, others.end());
  double median = *middle;
  if (others.size() % 2 == 0) median = 0.5 * (median + *std::max_element(others.begin(), middle));
  return *std::max_element(curve.begin(), curve.end()) < median;
}

}  // namespace difftrack::tune
