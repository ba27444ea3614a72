// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "apps/cli/options.hpp"
#include "difftrack/learn/emulator/emulator_run.hpp"

namespace difftrack::train_emulator_app {

/// Options of every training.
struct RunOptions {
  std::string rows, output;
  bool resume = false, quiet = false;

  /// Adds them; `what` is written.
  void add(CLI::App& command, const std::string& what);
  std::string checkpoint() const { return output + ".checkpoint"; }
  /// Looks at the files before anything is read, and says how to run. Throws InputError for outputs that are inputs,
  /// and for a checkpoint that is there without --resume.
  learn::EmulatorRun begin(const std::vector<std::string>& inputs) const;
  /// Says that it was stopped, where it was; else removes the checkpoint. Returns `finished`.
  bool end(bool finished) const;
};

void add_transfer_command(CLI::App& app, std::function<void()>& run);
void add_published_command(CLI::App& app, std::function<void()>& run);
void add_layer_command(CLI::App& app, std::function<void()>& run);

}  // namespace difftrack::train_emulator_app
