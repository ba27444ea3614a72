// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "difftrack/core/folder_lock.hpp"
#include "difftrack/core/progress.hpp"
#include "difftrack/detector/description.hpp"
#include "difftrack/learn/train/checkpoint.hpp"
#include "difftrack/learn/train/experiment.hpp"
#include "difftrack/learn/train/ranks.hpp"
#include "difftrack/learn/train/tensorboard_file.hpp"

namespace difftrack::learn {

/// How a run is carried out; nothing here changes its result.
struct RunOptions {
  std::string out = {};  ///< folder for everything that is written
  bool resume = false;   ///< go on from the checkpoint in `out`, if there is one
  int threads = 0;       ///< frames of a step and of the validation side by side; 0: all cores
  core::ProgressCallback progress = {};
  std::function<bool()> stop = {};  ///< asked after every step; true: write a checkpoint and return
  Ranks ranks = {};                 ///< processes that train together; the first alone writes
};

/// Why a run is over: "flat" (schedule.stop_when_flat), "steps" (all done), or "": not yet.
std::string reason_to_end(const TrainingState& state, const ScheduleConfig& schedule);

/// The folder of a training run: everything that a run writes, and the one place that knows the names.
///
/// model.safetensors        the model that validates best so far
/// checkpoint.safetensors   the whole state, one file that appears whole or not at all
/// checkpoints/             with schedule.keep_every: the model at hand every so many steps
/// metrics.json             loss and figures of each step, validation curve, why the run ended
/// events.out.tfevents.*    TensorBoard: Loss/train, Objective/NAME, Performance/{pur,eff,tpr,fpr,merit}_val
///
/// The checkpoint is the truth, the others follow from it: it remembers the length of the TensorBoard file, which is
/// cut there on resuming, and the other two are written anew after it. So a run that was killed at any moment goes on
/// as if it had not been. One process at a time owns the folder.
class RunFolder {
 public:
  /// Makes the folder where there is none and owns it until destruction (of several ranks the first one; the others
  /// read it alone). Throws InputError (folder) when another
  /// process does, when it cannot be made, and when it holds a run that `options` do not say to resume.
  RunFolder(const Experiment& experiment, const detector::Detector& detector, network::ParameterLayout layout,
            const RunOptions& options);

  /// The state of the last checkpoint, if there is one. Throws InputError (file) when the run was started under other
  /// options, naming the first that differs, or when the checkpoint is damaged.
  std::optional<TrainingState> checkpoint() const;
  /// Opens the curves and writes the first checkpoint of a fresh state, or what follows from that of a resumed one.
  void begin(TrainingState& state);
  /// Puts the last step on the curves.
  void add_step(const TrainingState& state);
  /// Puts the last validation on the curves.
  void add_validation(const TrainingState& state);
  /// Calls the progress callback with loss and last validation.
  void report(const TrainingState& state) const;
  /// Writes the model at hand as checkpoints/step_000100.safetensors, for pictures of the way that training took.
  void keep(const TrainingState& state) const;
  /// Writes everything; a run that is killed loses what comes after.
  void save(TrainingState& state);

 private:
  std::string path(const std::string& name) const;
  void write_results(const TrainingState& state) const;
  bool writes() const { return options_.ranks.rank == 0; }

  RunOptions options_;
  std::string result_options_;
  ScheduleConfig schedule_;
  network::ParameterLayout layout_;
  std::map<std::string, std::string> metadata_;  // of the model
  std::optional<core::FolderLock> lock_;
  std::optional<TensorBoardFile> curves_;
};

}  // namespace difftrack::learn
