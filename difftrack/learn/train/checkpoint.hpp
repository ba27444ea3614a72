// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "difftrack/learn/train/validation.hpp"
#include "difftrack/network/parameter_layout.hpp"

namespace difftrack::learn {

/// Everything that a training run needs to go on as if it had never stopped. The draws of a step are a function of
/// seed and step, so `step` is also the position of the random numbers.
struct TrainingState {
  std::int64_t step = 0;                               ///< optimiser steps done
  network::FlatParameters model;                       ///< parameters and running statistics
  std::vector<float> square_average;                   ///< of RMSprop, one per parameter
  network::FlatParameters best;                        ///< the model that validates best (Validation::deciding)
  std::int64_t best_validation = -1;                   ///< its index in `validations`; -1: none yet
  std::vector<double> losses;                          ///< one per step
  std::map<std::string, std::vector<double>> figures;  ///< of the objective, by name, one per step
  std::vector<Validation> validations;                 ///< the curve
  std::string options;                                 ///< result_options() of the experiment
  std::string tensorboard_file;                        ///< name of the TensorBoard file within the folder of the run
  std::int64_t tensorboard_bytes = 0;                  ///< its length when this state was written

  /// The validation of `best`, or nullptr before the first.
  const Validation* best_so_far() const {
    return best_validation < 0 ? nullptr : &validations[static_cast<std::size_t>(best_validation)];
  }
};

/// Adds a validation of `state.model` to the curve and keeps the model when it is the best so far: by the merit of its
/// objective, or else by its published purity.
void add_validation(TrainingState& state, const Validation& validation);

/// Writes one safetensors file that appears whole or not at all.
void write_checkpoint(const std::string& path, const TrainingState& state);

/// Throws InputError when the file is damaged or its sizes do not fit the layout.
TrainingState read_checkpoint(const std::string& path, const network::ParameterLayout& layout);

}  // namespace difftrack::learn
