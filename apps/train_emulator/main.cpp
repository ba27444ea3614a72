// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/interruptible.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/train_emulator/commands.hpp"

int main(int argc, char** argv) {
  using namespace difftrack;
  CLI::App app{"Trains networks that stand in for a model, under what the model keeps.", "difftrack train-emulator"};
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  difftrack aerosol simulate --boxes 90000 --seed 1 -o train.npz\n"
      "  difftrack train-emulator transfer train.npz -o emulator.safetensors\n"
      "One core is used. Ctrl-C ends a training after the step; --resume goes on after the last whole epoch.\n"
      "difftrack train-emulator COMMAND --help tells more. docs/emulator.md says what comes out.");
  std::function<void()> run;
  train_emulator_app::add_transfer_command(app, run);
  train_emulator_app::add_published_command(app, run);
  train_emulator_app::add_layer_command(app, run);
  return cli::run_program(app, argc, argv, [&] {
    cli::run_interruptible(run);
    return cli::kExitSuccess;
  });
}
