// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "difftrack/core/progress.hpp"
#include "difftrack/learn/train/checkpoint.hpp"
#include "difftrack/learn/train/experiment.hpp"

namespace difftrack::learn {

/// How a run is carried out; nothing here changes its result.
struct RunOptions {
  std::string out = {};  ///< folder for everything that is written
  bool resume = false;   ///< go on from the checkpoint in `out`, if there is one
  int threads = 0;       ///< frames of a step and of the validation side by side; 0: all cores
  core::ProgressCallback progress = {};
  std::function<bool()> stop = {};  ///< asked after every step; true: write a checkpoint and return
};

/// Trains a network as the experiment says (docs/method.md section 5) and returns the state reached.
///
/// One step: frames drawn with replacement, each with its own forward and backward pass on one thread; gradients are
/// added in the order of the draw, running statistics updated in that order, RMSprop moves the parameters. Same seed,
/// same bytes, for any number of threads and however often the run was stopped and resumed. (One given more steps after
/// its end keeps the validation made there.)
///
/// Writes into `out`: model.safetensors (highest validation purity so far), checkpoint.safetensors (everything, as one
/// atomic file), metrics.json (the curve) and events.out.tfevents.* (TensorBoard: Loss/train,
/// Performance/{pur,eff,tpr,fpr}_val). `source` names the experiment in errors.
/// Throws InputError for bad experiments and data, and when `out` holds another run.
TrainingState train(const Experiment& experiment, const std::string& source, const RunOptions& options);

}  // namespace difftrack::learn
