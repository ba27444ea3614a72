// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace difftrack::tune {

/// Stops trials that go badly. A trial is stopped at a step when the best of its curve so far is below the median, over
/// the trials before it that got as far, of their mean up to that step (Golovin et al., Google Vizier, KDD 2017,
/// section 3.2.1). Larger is better.
class MedianRule {
 public:
  /// `curves`: of earlier trials, one value per step. Nothing is stopped before `after` steps, or where fewer than
  /// `kFewest` of them got as far.
  MedianRule(std::vector<std::vector<double>> curves, std::size_t after);

  /// Whether a trial with this curve, so far, is to be stopped.
  bool stops(std::span<const double> curve) const;

  static constexpr std::size_t kFewest = 3;  ///< curves that a median is taken of

 private:
  std::vector<std::vector<double>> means_;  // of each curve up to each step
  std::size_t after_;
};

}  // namespace difftrack::tune
