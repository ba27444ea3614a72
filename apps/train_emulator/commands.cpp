// SPDX-License-Identifier: Apache-2.0
#include "apps/train_emulator/commands.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/cli/interruptible.hpp"
#include "apps/cli/output_files.hpp"
#include "apps/cli/progress_bar.hpp"
#include "difftrack/aerosol/boxes/rows_file.hpp"
#include "difftrack/aerosol/emulator/scores.hpp"
#include "difftrack/event/io/npz_writer.hpp"
#include "difftrack/learn/emulator/published_networks.hpp"
#include "difftrack/learn/emulator/train_emulator.hpp"

namespace difftrack::train_emulator_app {

void RunOptions::add(CLI::App& command, const std::string& what) {
  command.add_option("rows", rows, "Steps to learn from, of 'difftrack aerosol simulate' (.npz).")->required();
  command.add_option("-o,--output", output, what)->required();
  command.add_flag("--resume", resume, "Start from the last checkpoint beside the output, to the same bits.");
  command.add_flag("-q,--quiet", quiet, "Nothing printed but errors.");
}

learn::EmulatorRun RunOptions::begin(const std::vector<std::string>& inputs) const {
  cli::check_outputs({output, checkpoint()}, inputs);
  if (!resume && std::filesystem::exists(checkpoint()))
    throw core::InputError({checkpoint(), "", ""}, "is of a run that was stopped; --resume goes on, or remove it");
  learn::EmulatorRun run;
  run.checkpoint = checkpoint();
  run.stop = [] { return cli::interrupted != 0; };
  if (!quiet) run.progress = cli::progress_bar("steps");
  return run;
}

bool RunOptions::end(bool finished) const {
  if (finished)
    std::filesystem::remove(checkpoint());
  else if (!quiet)
    fmt::print("stopped; go on with --resume\n");
  return finished;
}

namespace {

void train_transfer(const RunOptions& options, const learn::EmulatorTraining& training) {
  const learn::EmulatorRun run = options.begin({options.rows});
  const learn::TrainedEmulator trained = learn::train_emulator(aerosol::read_rows(options.rows), training, run);
  if (trained.finished) aerosol::write_emulator(options.output, trained.model);
  if (options.end(trained.finished) && !options.quiet) fmt::print("{}: loss {:.4f}\n", options.output, trained.loss);
}

void train_published(const RunOptions& options, const std::string& test, const learn::PublishedTraining& training) {
  const learn::EmulatorRun run = options.begin({options.rows, test});
  const aerosol::Rows asked = aerosol::read_rows(test);
  const auto trained = learn::train_published(aerosol::read_rows(options.rows), asked.x, training, run);
  if (trained.finished) {
    const auto n = static_cast<std::int64_t>(asked.size());
    event::NpzWriter out(options.output, {.level = 1});
    out.add("y", trained.answers.plain.y, {n, aerosol::kOutputs});
    out.add("y_completed", trained.answers.completed.y, {n, aerosol::kOutputs});
    out.add("y_corrected", trained.answers.corrected.y, {n, aerosol::kOutputs});
    out.commit();
  }
  if (!options.end(trained.finished) || options.quiet) return;
  std::vector<aerosol::EmulatorScores> scores;
  for (const auto* rows : {&trained.answers.plain, &trained.answers.completed, &trained.answers.corrected})
    scores.push_back(aerosol::score_emulator(asked, rows->y, rows->new_state));
  fmt::print("{}", aerosol::score_table(scores, {"plain", "completed", "corrected"}));
}

}  // namespace

void add_transfer_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("transfer", "shares of every mass and number that go where M7 lets them go");
  struct Options : RunOptions {
    learn::EmulatorTraining training;
  };
  auto options = std::make_shared<Options>();
  options->add(*command, "The model to write (.safetensors).");
  cli::add_field_options(*command, options->training, "Training");
  command->footer(
      "Examples:\n"
      "  difftrack aerosol simulate --boxes 90000 --seed 1 -o train.npz\n"
      "  difftrack train-emulator transfer train.npz -o emulator.safetensors\n"
      "  difftrack aerosol emulate emulator.safetensors test.npz");
  command->callback([options, &run] { run = [options] { train_transfer(*options, options->training); }; });
}

void add_published_command(CLI::App& app, std::function<void()>& run) {
  auto* command = app.add_subcommand("published", "the networks of Harder et al., to compare with");
  struct Options : RunOptions {
    learn::PublishedTraining training;
    std::string test;
  };
  auto options = std::make_shared<Options>();
  options->add(*command, "The .npz of answers to the test rows to write: y, y_completed, y_corrected.");
  command->add_option("--test", options->test, "Rows of other boxes that the network is judged on (.npz).")->required();
  cli::add_field_options(*command, options->training, "Training");
  command->footer(
      "Example:\n"
      "  difftrack train-emulator published train.npz --test test.npz -o answers.npz\n"
      "prints the scores of the network as it is, with one tendency of each species completed, and with negative new\n"
      "values corrected to 0.");
  command->callback(
      [options, &run] { run = [options] { train_published(*options, options->test, options->training); }; });
}

}  // namespace difftrack::train_emulator_app
