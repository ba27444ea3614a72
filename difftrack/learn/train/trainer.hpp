// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "difftrack/learn/train/checkpoint.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/run_folder.hpp"

namespace difftrack::learn {

/// Trains a network as the experiment says (docs/method.md section 5) and returns the state reached: frames are loaded,
/// then step follows step (training_step.hpp) on what the experiment's objective says (objective.hpp), with validations
/// (validation.hpp) and checkpoints (run_folder.hpp) in their intervals.
///
/// Same seed, same bytes, for any number of threads and however often the run was stopped and resumed. (One given more
/// steps after its end keeps the validation made there.) `source` names the experiment in errors.
/// Throws InputError for bad experiments and data, and when `out` holds another run.
TrainingState train(const Experiment& experiment, const std::string& source, const RunOptions& options);

}  // namespace difftrack::learn
