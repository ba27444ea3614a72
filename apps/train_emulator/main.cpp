// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "apps/cli/run_program.hpp"
#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/learn/emulator/train_emulator.hpp"

namespace {

using namespace difftrack;

struct Options {
  learn::EmulatorTraining training;
  std::string rows, output;
  bool resume = false, quiet = false;
};

int train(const Options& options) {
  const std::string checkpoint = options.output + ".checkpoint";
  cli::check_outputs({options.output, checkpoint}, {options.rows});
  if (!options.resume && std::filesystem::exists(checkpoint))
    throw core::InputError({checkpoint, "", ""}, "is of a run that was stopped; --resume goes on, or remove it");
  const aerosol::Rows rows = aerosol::read_rows(options.rows);
  cli::watch_for_interrupts();
  learn::EmulatorRun run;
  run.checkpoint = checkpoint;
  run.stop = [] { return cli::interrupted != 0; };
  if (!options.quiet) run.progress = cli::progress_bar("steps");
  const learn::TrainedEmulator trained = learn::train_emulator(rows, options.training, run);
  if (!trained.finished) {
    if (!options.quiet) fmt::print("stopped; go on with --resume\n");
    return cli::kExitSuccess;
  }
  aerosol::write_emulator(options.output, trained.model);
  std::filesystem::remove(checkpoint);
  if (!options.quiet) fmt::print("{}: loss {:.4f}\n", options.output, trained.loss);
  return cli::kExitSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trains an emulator of the aerosol microphysics on steps of it.", "difftrack train-emulator"};
  Options options;
  app.add_option("rows", options.rows, "Steps to learn from, of 'difftrack aerosol simulate' (.npz).")->required();
  app.add_option("-o,--output", options.output, "The model to write (.safetensors).")->required();
  app.add_flag("--resume", options.resume, "Start from the last checkpoint beside the output, to the same bits.");
  app.add_flag("-q,--quiet", options.quiet, "Nothing printed but errors.");
  cli::add_field_options(app, options.training, "Training");
  app.footer(
      "Example:\n"
      "  difftrack aerosol simulate --boxes 90000 --seed 1 -o train.npz\n"
      "  difftrack train-emulator train.npz -o emulator.safetensors\n"
      "Ctrl-C ends it after the step; --resume goes on after the last whole epoch. One core is used.");
  return cli::run_program(app, argc, argv, [&] { return train(options); });
}
