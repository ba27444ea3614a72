// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/learn/train/objective.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::learn {

/// Performance on the validation frames after some step; fractions, 0 where there is nothing to divide by, NaN where
/// the frames have no truth.
struct Validation {
  std::int64_t step = 0;
  double purity = 0.0, efficiency = 0.0;                    ///< published definitions (docs/method.md section 6)
  double tpr = 0.0, fpr = 0.0;                              ///< assigned among true and among false kept segments
  double merit = std::numeric_limits<double>::quiet_NaN();  ///< mean of Objective::merit; NaN where it has none

  bool has_truth() const;   ///< whether purity and the others are known
  bool has_merit() const;   ///< whether the objective tells a merit
  double deciding() const;  ///< the higher, the better the model: merit, or else purity
};

/// Reconstructs every validation frame as the model will be used: BatchNorm with its running statistics, the assignment
/// as configured, by the method that the objective names. (The published code validates in training mode, which also
/// changes the running statistics.) Whatever was minimised, models are compared by the tracks they give. The result
/// does not depend on the number of threads.
class Validator {
 public:
  /// `frames` must have truth where the objective has no merit; `threads` 0: all cores.
  Validator(detector::Detector detector, std::vector<event::Frame> frames, const assign::AssignConfig& assign,
            std::unique_ptr<Objective> objective, int threads);
  /// How well the network does; `step` is passed on to the result.
  Validation operator()(const network::Weights& weights, std::int64_t step) const;

 private:
  detector::Detector detector_;
  std::vector<event::Frame> frames_;
  assign::AssignConfig assign_;
  std::unique_ptr<Objective> objective_;
  int threads_;
};

/// Whether the curve (validations in order of their steps) has been flat for the last `steps` steps: it is at least
/// that long, and neither the mean purity nor the mean efficiency (of an objective with merit: nor the mean merit) of
/// the second half of them exceeds that of the first half by more than `tolerance`. Never for steps = 0.
bool is_flat(const std::vector<Validation>& curve, std::int64_t steps, double tolerance);

}  // namespace difftrack::learn
