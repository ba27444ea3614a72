// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "difftrack/assign/assign_layers.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/event/frame.hpp"
#include "difftrack/network/weights.hpp"

namespace difftrack::learn {

/// Performance on the validation frames after some step; fractions, 0 where there is nothing to divide by.
struct Validation {
  std::int64_t step = 0;
  double purity = 0.0, efficiency = 0.0;  ///< published definitions (docs/method.md section 6)
  double tpr = 0.0, fpr = 0.0;            ///< assigned among true and among false kept segments
};

/// Reconstructs every frame as the model will be used: BatchNorm with its running statistics, the assignment as
/// configured. (The published code validates in training mode, which also changes the running statistics.)
Validation validate(const network::Weights& weights, const std::vector<event::Frame>& frames,
                    const detector::Detector& detector, const assign::AssignConfig& assign, std::int64_t step,
                    int threads);

/// Whether the curve (validations in order of their steps) has been flat for the last `steps` steps: it is at least
/// that long, and neither the mean purity nor the mean efficiency of the second half of them exceeds that of the first
/// half by more than `tolerance`. Never for steps = 0.
bool is_flat(const std::vector<Validation>& curve, std::int64_t steps, double tolerance);

}  // namespace difftrack::learn
